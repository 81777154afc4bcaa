const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\p{Cc}]+|[\x7f-\x9f]+/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const BLANK = /[ \t\n\r]*/y;

export interface TextPosition {
  /** Characters before the fault. */
  readonly offset: number;
  /** From 1, as editors count. */
  readonly line: number;
  readonly column: number;
}

/**
 * Where a text stops being JSON (RFC 8259). JSON.parse itself tells the place only for some faults, and in words that
 * change with the engine. Walks without recursion, so a megabyte of brackets does no harm; meant for texts that
 * JSON.parse has refused.
 */
export function locateJsonFault(text: string): TextPosition {
  const offset = faultOffset(text);
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { offset, line, column: offset - before.lastIndexOf('\n') };
}

/** What may come next. After a value inside a list or object: its end, or a comma. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end';

function faultOffset(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = skip(BLANK, text, 0);
  while (at < text.length) {
    const step: Step | undefined = takeStep(text, at, expected, open);
    if (!step) return at;
    if (step.fault !== undefined) return step.fault;
    expected = step.expected;
    at = skip(BLANK, text, step.end);
    if (expected === 'comma or end' && open.length === 0) return at;
  }
  return at;
}

interface Step {
  readonly end: number;
  readonly expected: Expected;
  readonly fault?: number;
}

/** Takes one token; undefined when none that is expected begins here. */
function takeStep(text: string, at: number, expected: Expected, open: ('{' | '[')[]): Step | undefined {
  const end = at + 1;
  const sign = text[at];
  switch (expected) {
    case 'colon':
      return sign === ':' ? { end, expected: 'value' } : undefined;
    case 'name':
      return sign === '"' ? takeString(text, at, 'colon') : undefined;
    case 'name or }':
      return sign === '}' ? close(end, open) : takeStep(text, at, 'name', open);
    case 'comma or end':
      return takeCommaOrEnd(sign, end, open);
    case 'value':
      return takeValue(text, at, open);
    case 'value or ]':
      return sign === ']' ? close(end, open) : takeValue(text, at, open);
  }
}

function takeCommaOrEnd(sign: string | undefined, end: number, open: ('{' | '[')[]): Step | undefined {
  const inObject = open.at(-1) === '{';
  if (sign === ',') return { end, expected: inObject ? 'name' : 'value' };
  return sign === (inObject ? '}' : ']') ? close(end, open) : undefined;
}

function takeValue(text: string, at: number, open: ('{' | '[')[]): Step | undefined {
  const sign = text[at];
  if (sign === '"') return takeString(text, at, 'comma or end');
  if (sign === '{' || sign === '[') {
    open.push(sign);
    return { end: at + 1, expected: sign === '{' ? 'name or }' : 'value or ]' };
  }
  const end = skip(LITERAL, text, at);
  return end > at ? { end, expected: 'comma or end' } : undefined;
}

function takeString(text: string, start: number, expected: Expected): Step {
  let at = start + 1;
  while (text[at] !== '"') {
    const next = Math.max(skip(PLAIN, text, at), skip(ESCAPE, text, at));
    if (next === at) return { end: at, expected, fault: at };
    at = next;
  }
  return { end: at + 1, expected };
}

function close(end: number, open: ('{' | '[')[]): Step {
  open.pop();
  return { end, expected: 'comma or end' };
}

/** End of the sticky pattern's match at `from`; `from` itself when it does not match. */
function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
