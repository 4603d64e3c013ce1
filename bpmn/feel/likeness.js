// What feelin compares silently: a text with a number is false, not a fault, and "no" counts as true. Here both are faults.
// An expression is written anew by its own tree: `a < b` becomes `(__alike(a, b) and a < b)`, where __alike is true or throws.
(() => {
  'use strict';
  // A sentence with its gaps, told by whoever knows the reader's language.
  const say = (t, d = {}) => ({ t, d });

  class Unlike extends Error {
    constructor(t, d) { super(t); this.said = say(t, d); }
  }

  const WORDS = { string: '文字', number: '数字', boolean: '是否', list: '列表', context: '一组键值', date: '日期时间', time: '时刻', duration: '时长', range: '区间', function: '函数' };

  function kind(value) {
    if (value === null || value === undefined) return null;
    if (Array.isArray(value)) return 'list';
    if (value.isLuxonDateTime) return value.year === 1900 && value.month === 1 && value.day === 1 ? 'time' : 'date';
    if (value.isLuxonDuration) return 'duration';
    if (typeof value !== 'object') return typeof value;
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null ? 'context' : 'start included' in value ? 'range' : 'function';
  }

  function told(value) {
    const text = kind(value) === 'string' ? `"${value}"` : ['number', 'boolean'].includes(kind(value)) ? String(value) : '';
    const word = say(WORDS[kind(value)]);
    return text ? say('{word}{value}', { word, value: text.slice(0, 40) }) : word;
  }

  // A list of one is as its element, as FEEL has it.
  const single = (value) => (Array.isArray(value) && value.length < 2 ? value[0] : value);

  function alike(left, right) {
    const [one, two] = [single(left), single(right)];
    if (kind(one) === null || kind(two) === null || kind(one) === kind(two)) return true;
    throw new Unlike('两边的类型不同：{one}与{other}不能比较', { one: told(one), other: told(two) });
  }

  // Of what it is held against (values, lists, ranges), something at least is of its kind.
  function among(value, others) {
    const own = kind(single(value));
    const kinds = others.flat().flatMap((one) => (kind(one) === 'range' ? [one.start, one.end] : [one])).filter((one) => kind(one) !== null);
    if (own === null || !kinds.length || kinds.some((one) => ['function', own].includes(kind(single(one))) || kind(one) === kind(value))) return true;
    throw new Unlike('两边的类型不同：{one}与{other}不能比较', { one: told(value), other: told(kinds[0]) });
  }

  function truth(value) {
    if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
    throw new Unlike('{one}不是 true 或 false，不能作条件', { one: told(value) });
  }

  function children(node) {
    const found = [];
    for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
    return found;
  }

  const SURE = new Set(['Comparison', 'Conjunction', 'Disjunction', 'BooleanLiteral', 'QuantifiedExpression', 'null']);
  const CONDITIONS = { Conjunction: [0, 2], Disjunction: [0, 2], IfExpression: [1], QuantifiedExpression: [3] };
  const LITERAL = { StringLiteral: 'string', NumericLiteral: 'number', BooleanLiteral: 'boolean' };

  // Where all is evaluated whatever it says, what is compared can be looked at beforehand: that costs nothing.
  const EAGER = { Expression: [0], ParenthesizedExpression: [1], Conjunction: [0, 2], Disjunction: [0, 2], IfExpression: [1] };

  function strict(tree, input, given) {
    const text = (node) => input.slice(node.from, node.to);
    const checks = [];

    function written(node, eager = false) {
      let out = '';
      let at = node.from;
      children(node).forEach((part, index) => {
        const condition = (CONDITIONS[node.name] || []).includes(index) && !sure(part);
        const stays = eager && (EAGER[node.name] || []).includes(index);
        let own = written(part, stays);
        const name = condition && stays ? named(part) : null;
        if (name) checks.push((values) => truth(values[name]));
        else if (condition) own = `__truth(${own})`;
        out += input.slice(at, part.from) + own;
        at = part.to;
      });
      out += input.slice(at, node.to);
      return node.name === 'Comparison' ? compared(node, out, eager) : out;
    }

    function sure(node) {
      return node.name === 'ParenthesizedExpression' ? sure(children(node)[1]) : SURE.has(node.name);
    }

    function named(node) {
      return node.name === 'VariableName' && Object.hasOwn(given, text(node)) ? text(node) : null;
    }

    // A way to an operand's value, or something of its kind, without FEEL; null where there is none.
    function reader(node) {
      const name = named(node);
      if (name) return (values) => values[name];
      const kind = LITERAL[node.name];
      if (!kind) return null;
      const value = { string: text(node).slice(1, -1), number: Number(text(node)), boolean: text(node) === 'true' }[kind];
      return () => value;
    }

    function compared(node, out, eager) {
      const [left, operator, ...rest] = children(node);
      const plain = text(node);
      if (operator.name === 'CompareOp') {
        const [right] = rest;
        // Whether something is there is asked of any type, with null as with the empty text.
        const nothing = [left, right].some((side) => side.name === 'null' || text(side) === '""');
        if (nothing || (LITERAL[left.name] && LITERAL[left.name] === LITERAL[right.name])) return out;
        const readers = eager ? [reader(left), reader(right)] : [];
        if (readers.length && readers.every(Boolean)) {
          checks.push((values) => alike(readers[0](values), readers[1](values)));
          return out;
        }
        return `(__alike(${written(left)}, ${written(right)}) and ${plain})`;
      }
      const others = operator.name === 'between' ? [rest[0], rest[2]] : rest.flatMap(tested);
      return others.length ? `(__among(${written(left)}, [${others.map((one) => written(one)).join(', ')}]) and ${plain})` : out;
    }

    // The expressions that a test of `in` holds its value against.
    function tested(node) {
      const parts = children(node);
      if (['PositiveUnaryTests', 'PositiveUnaryTest', 'SimplePositiveUnaryTest', 'Interval'].includes(node.name)) return parts.flatMap(tested);
      return ['CompareOp', '[', ']', '(', ')', 'Wildcard'].includes(node.name) ? [] : [node];
    }

    return { text: written(tree.topNode, true), checks };
  }

  globalThis.feelLikeness = { strict, say, Unlike, given: { __alike: alike, __among: among, __truth: truth } };
})();
