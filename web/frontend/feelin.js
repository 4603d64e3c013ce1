// The FEEL interpreter and its parser for the server's V8: no module system there, so one global.
import { evaluate, parseExpression, parseUnaryTests, unaryTest } from '@bpmn-io/feelin';

globalThis.feelin = { evaluate, parseExpression, parseUnaryTests, unaryTest };
