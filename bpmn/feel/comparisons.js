// What an expression compares with what, read off its tree before anything runs: literals, variables, keys of rows.
(() => {
  'use strict';
  const CALLS = {
    string: ['string', 'substring', 'upper case', 'lower case', 'string join', 'replace', 'trim'],
    number: ['number', 'count', 'sum', 'min', 'max', 'mean', 'decimal', 'floor', 'ceiling', 'round up', 'abs', 'modulo', 'string length'],
    boolean: ['not', 'list contains', 'contains', 'starts with', 'ends with', 'matches', 'all', 'any'],
    date: ['date', 'date and time', 'today', 'now'],
    duration: ['duration', 'years and months duration'],
  };
  const TYPES = new Map(Object.entries(CALLS).flatMap(([type, names]) => names.map((name) => [name, type])));
  const LITERALS = { StringLiteral: 'string', NumericLiteral: 'number', BooleanLiteral: 'boolean' };
  const BOOLEAN = new Set(['Comparison', 'Conjunction', 'Disjunction', 'QuantifiedExpression']);

  function children(node) {
    const found = [];
    for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
    return found;
  }

  globalThis.feelComparisons = (expression) => {
    const text = (node) => expression.slice(node.from, node.to);
    const word = (node) => text(node).replace(/\s+/g, ' ').trim();
    const found = [];

    // `bound`: names of elements -> the list that they are of, or null. `inside`: the list whose rows' keys are in reach.
    function operand(node, { bound, inside }) {
      const parts = children(node);
      if (node.name === 'ParenthesizedExpression') return operand(parts[1], { bound, inside });
      if (LITERALS[node.name]) {
        const value = feelin.evaluate(text(node)).value;
        return { type: LITERALS[node.name], value };
      }
      if (BOOLEAN.has(node.name)) return { type: 'boolean' };
      if (node.name === 'DateTimeLiteral' || node.name === 'FunctionInvocation') {
        const type = parts.length ? TYPES.get(word(parts[0])) : undefined;
        return type ? { type } : null;
      }
      if (node.name === 'VariableName') {
        const name = word(node);
        return bound.has(name) ? null : { name, inside };
      }
      if (node.name === 'PathExpression' && parts[0].name === 'VariableName') {
        const [name, key] = [word(parts[0]), word(parts[1])];
        const list = bound.get(name) || (name === 'item' && inside) || null;
        return list && !list.startsWith('?') ? { name: key, of: list } : null;
      }
      return null;
    }

    function tested(node) {
      const parts = children(node);
      if (['PositiveUnaryTests', 'PositiveUnaryTest', 'SimplePositiveUnaryTest', 'Interval', 'List'].includes(node.name)) return parts.flatMap(tested);
      return ['CompareOp', '[', ']', '(', ')', 'Wildcard'].includes(node.name) ? [] : [node];
    }

    function compared(node, scope) {
      const [left, operator, ...rest] = children(node);
      const others = operator.name === 'CompareOp' ? [rest[0]] : operator.name === 'between' ? [rest[0], rest[2]] : rest.flatMap(tested);
      const one = operand(left, scope);
      const known = others.map((other) => operand(other, scope)).filter(Boolean);
      const whole = known.length === others.length;
      if (one && known.length) found.push({ left: one, others: known, whole, equal: !/[<>]|between/.test(text(operator)) });
    }

    function walk(node, scope) {
      const parts = children(node);
      if (node.name === 'Comparison') compared(node, scope);
      if (node.name === 'FilterExpression') {
        walk(parts[0], scope);
        const inside = parts[0].name === 'VariableName' && !scope.bound.has(word(parts[0])) ? word(parts[0]) : '?';
        parts.slice(1).forEach((part) => walk(part, { bound: scope.bound, inside }));
        return;
      }
      if (node.name === 'ForExpression' || node.name === 'QuantifiedExpression') {
        const bound = new Map(scope.bound);
        for (const part of parts) {
          if (part.name === 'InExpressions') for (const one of children(part)) bind(one, bound, scope);
          walk(part, { bound, inside: scope.inside });
        }
        return;
      }
      if (node.name === 'FunctionDefinition' || node.name === 'Context') {
        const bound = new Map(scope.bound);
        const names = node.name === 'Context' ? parts.filter((part) => part.name === 'ContextEntry') : parts.filter((part) => part.name === 'FormalParameters').flatMap(children);
        names.forEach((part) => bound.set(word(part.firstChild), null));
        parts.forEach((part) => walk(part, { bound, inside: scope.inside }));
        return;
      }
      parts.forEach((part) => walk(part, scope));
    }

    function bind(one, bound, scope) {
      const [name, , source] = children(one);
      const inner = source && children(source).length === 1 ? children(source)[0] : null;
      const list = inner && inner.name === 'VariableName' && !scope.bound.has(word(inner)) ? word(inner) : null;
      bound.set(word(name), list);
    }

    try {
      walk(feelin.parseExpression(expression, {}).topNode, { bound: new Map(), inside: null });
      return JSON.stringify({ v: found });
    } catch (error) {
      return JSON.stringify({ e: String(error.message || error) });
    }
  };
})();
