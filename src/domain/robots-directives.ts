/** What a page tells Google's crawler about itself (Google, "Robots meta tag"; standards 55 to 57). */
export interface RobotsDirectives {
  readonly noindex: boolean;
  readonly nofollow: boolean;
  /** An `unavailable_after` instant has passed. */
  readonly unavailable: boolean;
}

interface Directive {
  readonly agent: string;
  readonly rule: string;
  readonly value: string;
}

/** What a page tells one crawler, for the evidence. */
export interface RobotsStatement {
  readonly from: 'meta' | 'header';
  /** `robots` for all. */
  readonly agent: string;
  readonly rules: readonly string[];
}

/**
 * Directives for everyone and Googlebot's own hold together. Those for other search engines, and for Google's crawlers of news and
 * pictures, keep a page out of these; they do not keep it out of Google's search.
 */
const AGENTS: readonly string[] = ['robots', 'googlebot'];
const RULES_WITH_VALUE: readonly string[] = ['unavailable_after', 'max-snippet', 'max-image-preview', 'max-video-preview'];

export function metaDirectives(metas: readonly { readonly name: string; readonly content: string }[], now: Date): RobotsDirectives {
  return strictest(
    metas.flatMap(({ name, content }) => directives(content, name.trim().toLowerCase())),
    now,
  );
}

/** @param values  one entry for each X-Robots-Tag header, as received */
export function headerDirectives(values: readonly string[], now: Date): RobotsDirectives {
  return strictest(
    values.flatMap((value) => directives(value, 'robots')),
    now,
  );
}

/** Every statement with its crawler, those that decide nothing included. */
export function robotsStatements(
  metas: readonly { readonly name: string; readonly content: string }[],
  headers: readonly string[],
): readonly RobotsStatement[] {
  const said = [
    ...metas.map(({ name, content }) => ({ from: 'meta' as const, found: directives(content, name.trim().toLowerCase()) })),
    ...headers.map((value) => ({ from: 'header' as const, found: directives(value, 'robots') })),
  ];
  return said.slice(0, MAX_STATEMENTS).flatMap(({ from, found }) =>
    [...new Set(found.map(({ agent }) => agent))].slice(0, MAX_STATEMENTS).map((agent) => ({
      from,
      agent: agent.slice(0, MAX_RULE),
      rules: found
        .filter((each) => each.agent === agent)
        .slice(0, MAX_STATEMENTS)
        .map(({ rule, value }) => (value === '' ? rule : `${rule}: ${value}`).slice(0, MAX_RULE)),
    })),
  );
}

const MAX_STATEMENTS = 20;
const MAX_RULE = 200;

/** `googlebot: noindex, nofollow`: a name holds until the next name; `unavailable_after: Friday, 1-Jan-27 …` has a comma of its own. */
function directives(value: string, firstAgent: string): readonly Directive[] {
  const found: Directive[] = [];
  let agent = firstAgent;
  const parts = value.toLowerCase().split(',');
  for (const [at, part] of parts.entries()) {
    const [head = '', ...rest] = part.split(':');
    const name = head.trim();
    const tail = rest.join(':').trim();
    if (rest.length === 0) {
      found.push({ agent, rule: name, value: '' });
    } else if (RULES_WITH_VALUE.includes(name)) {
      found.push({
        agent,
        rule: name,
        value: name === 'unavailable_after' && Number.isNaN(Date.parse(tail)) ? `${tail},${parts[at + 1] ?? ''}` : tail,
      });
    } else if (/^[a-z][\w-]*$/.test(name)) {
      agent = name;
      const inner = tail.split(':');
      found.push({ agent, rule: (inner[0] ?? '').trim(), value: inner.slice(1).join(':').trim() });
    }
  }
  return found;
}

function strictest(all: readonly Directive[], now: Date): RobotsDirectives {
  const ours = all.filter(({ agent }) => AGENTS.includes(agent));
  const has = (...rules: string[]): boolean => ours.some(({ rule }) => rules.includes(rule));
  return {
    noindex: has('noindex', 'none'),
    nofollow: has('nofollow', 'none'),
    unavailable: ours.some(({ rule, value }) => rule === 'unavailable_after' && Date.parse(value) <= now.getTime()),
  };
}
