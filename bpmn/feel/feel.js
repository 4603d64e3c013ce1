// FEEL for the server: what Python calls inside V8. Needs the globals `feelin` of the bundle and `feelLikeness`.
(() => {
  'use strict';
  let now = 0;
  // Shanghai has had no daylight saving since 1991, so one offset will do, whatever zone the machine stands in.
  const OFFSET_MINUTES = 480;
  Date.now = () => now;
  Date.prototype.getTimezoneOffset = () => -OFFSET_MINUTES;

  // feelin's own today() is an instant of the local zone and never equals a date.
  const today = () => {
    const day = new Date(now + OFFSET_MINUTES * 60000).toISOString().slice(0, 10);
    return feelin.evaluate('date(day)', { day }).value;
  };

  const DateTime = feelin.evaluate('now()').value.constructor;
  const UTC = feelin.evaluate('date("2000-01-01")').value.zone;

  // What stands at midnight in this very zone is a date for feelin. A date and time of UTC gets one like it: its midnight stays.
  const GREENWICH = new UTC.constructor(0);
  const read = DateTime.fromISO;
  DateTime.fromISO = function (text, options) {
    const made = read.call(this, text, options);
    return made.isValid && made.zone === UTC && options.zone !== UTC ? DateTime.fromMillis(made.toMillis(), { zone: GREENWICH }) : made;
  };

  // feelin takes the date of an instant in Greenwich: before eight in the morning that is yesterday. It is the instant's own day.
  const setZone = DateTime.prototype.setZone;
  DateTime.prototype.setZone = function (zone, options) {
    return zone === 'utc' && this.isValid ? DateTime.fromObject(this.toObject(), { zone: UTC }) : setZone.call(this, zone, options);
  };

  class Unkept extends Error {}

  function plain(value) {
    if (value === null || value === undefined) return null;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new Unkept('结果不是有限的数');
      return value;
    }
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map(plain);
    if (value.isLuxonDateTime) {
      const text = feelin.evaluate('string(value)', { value }).value;
      return text.includes('T') ? value.toISO({ suppressMilliseconds: true }) : text;
    }
    if (value.isLuxonDuration) return span(value);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw new Unkept('结果是函数或区间，不能保存为值');
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }

  // Months have no number of days: feelin's own text makes a year and a month of 400 days.
  function span(value) {
    const given = value.toObject();
    const months = Math.trunc(12 * (given.years || 0) + 3 * (given.quarters || 0) + (given.months || 0));
    const seconds = value.set({ years: 0, quarters: 0, months: 0 }).as('seconds');
    if (months && seconds) return value.toISO();
    const sign = months + seconds < 0 ? '-' : '';
    const part = (count, unit) => (count ? `${count}${unit}` : '');
    if (months) return `${sign}P${part(Math.trunc(Math.abs(months) / 12), 'Y')}${part(Math.abs(months) % 12, 'M')}`;
    const left = Math.round(Math.abs(seconds) * 1000);
    const [days, hours, minutes] = [86400000, 3600000, 60000].map((unit, at, units) => Math.trunc((at ? left % units[at - 1] : left) / unit));
    const time = part(hours, 'H') + part(minutes, 'M') + part((left % 60000) / 1000, 'S');
    return left ? `${sign}P${part(days, 'D')}${time && `T${time}`}` : 'PT0S';
  }

  const misspelt = (place) => feelLikeness.say('第 {place} 个字符处语法有误', { place: place + 1 });

  function told(error) {
    if (error instanceof Unkept) return error.message;
    if (error instanceof feelLikeness.Unlike) return error.said;
    if (error.position) return misspelt(error.position.from);
    return String(error.message || error);
  }

  const kinds = {
    NO_VARIABLE_FOUND: '没有这个变量', NO_CONTEXT_ENTRY_FOUND: '没有这一项', NO_PROPERTY_FOUND: '没有这个属性', NOT_COMPARABLE: '两边不能比较',
    INVALID_TYPE: '类型不对', NO_FUNCTION_FOUND: '没有这个函数', FUNCTION_INVOCATION_FAILURE: '函数的参数不对',
  };

  const faulted = ({ type, message }) => feelLikeness.say('{fault}（{message}）', { fault: feelLikeness.say(kinds[type] || '求值有误'), message });

  function answer(run) {
    try {
      const { value, warnings } = run();
      if (warnings.length) return JSON.stringify({ e: faulted(warnings[0]) });
      return JSON.stringify({ v: plain(value) });
    } catch (error) {
      return JSON.stringify({ e: told(error) });
    }
  }

  globalThis.feelEvaluate = (expression, variables, ms, unary, kind) => {
    now = ms;
    const run = unary ? feelin.unaryTest : feelin.evaluate;
    const given = JSON.parse(variables);
    if (kind && given['?'] !== null) given['?'] = feelin.evaluate(`${kind}(text)`, { text: given['?'] }).value;
    return answer(() => {
      const { text, checks } = strict(expression, unary, given);
      checks.forEach((check) => check(given));
      return run(text, text === expression ? { today, ...given } : { today, ...given, ...feelLikeness.given });
    });
  };

  // The names in reach decide how words are read, so that they belong to the question. What cannot be read stays as it is.
  const rewritten = new Map();
  function strict(expression, unary, given) {
    const asked = JSON.stringify([expression, unary, Object.keys(given)]);
    if (!rewritten.has(asked)) {
      if (rewritten.size > 2000) rewritten.clear();
      const tree = (unary ? feelin.parseUnaryTests : feelin.parseExpression)(expression, { today, ...given });
      rewritten.set(asked, broken(tree) === null ? feelLikeness.strict(tree, expression, given) : { text: expression, checks: [] });
    }
    return rewritten.get(asked);
  }

  const text = (node, input) => input.slice(node.from, node.to);
  const word = (node, input) => text(node, input).replace(/`/g, '').replace(/\s+/g, ' ').trim();
  function children(node) {
    const found = [];
    for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
    return found;
  }
  const key = (entry, input) => {
    const written = text(entry.firstChild, input);
    return written.startsWith('"') ? JSON.parse(written) : word(entry.firstChild, input);
  };

  let filters = true;

  // Free variables: walks the tree with the names bound so far; a binding lasts from where it stands to its construct's end.
  function free(node, input, bound, found) {
    const parts = children(node);
    const each = (nodes, scope) => nodes.forEach((part) => free(part, input, scope, found));
    switch (node.name) {
      case 'VariableName': { const name = word(node, input); if (!bound.has(name)) found.add(name); return; }
      case 'Type': return;
      case 'PathExpression': return free(parts[0], input, bound, found);
      case 'FilterExpression': free(parts[0], input, bound, found); return filters && each(parts.slice(1), new Set([...bound, 'item']));
      case 'FunctionInvocation': {
        const called = parts[0].name === 'VariableName' && builtin(word(parts[0], input));
        return each(called ? parts.slice(1) : parts, bound);
      }
      case 'ForExpression': case 'QuantifiedExpression': {
        const scope = new Set(bound);
        for (const part of parts) {
          if (part.name === 'InExpressions') for (const inner of children(part)) { inExpression(inner, input, scope, found); }
          else { if (part.name === 'return') scope.add('partial'); free(part, input, scope, found); }
        }
        return;
      }
      case 'Context': {
        const scope = new Set(bound);
        for (const entry of parts.filter((part) => part.name === 'ContextEntry')) {
          each(children(entry).slice(1), scope);
          scope.add(key(entry, input));
        }
        return;
      }
      case 'FunctionDefinition': {
        const names = parts.filter((part) => part.name === 'FormalParameters').flatMap(children).map((part) => word(part.firstChild, input));
        return each(parts.filter((part) => part.name !== 'FormalParameters'), new Set([...bound, ...names]));
      }
      default: return each(parts, bound);
    }
  }

  function inExpression(node, input, scope, found) {
    const parts = children(node);
    parts.slice(1).forEach((part) => free(part, input, scope, found));
    if (node.name === 'InExpression') scope.add(word(parts[0], input));
  }

  const known = new Map();
  function builtin(name) {
    if (!known.has(name)) known.set(name, feelin.evaluate(name, {}).warnings.length === 0);
    return known.get(name);
  }

  function broken(tree) {
    let place = null;
    tree.iterate({ enter(node) { if (node.type.isError && place === null) place = node.from; } });
    return place;
  }

  globalThis.feelNames = (expression, unary, inFilters) => {
    filters = inFilters;
    try {
      const tree = (unary ? feelin.parseUnaryTests : feelin.parseExpression)(expression, {}, undefined);
      const place = broken(tree);
      if (place !== null) return JSON.stringify({ e: misspelt(place) });
      const found = new Set();
      free(tree.topNode, expression, new Set(), found);
      return JSON.stringify({ v: [...found].sort() });
    } catch (error) {
      return JSON.stringify({ e: told(error) });
    }
  };
})();
