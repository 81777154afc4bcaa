import { singular } from '../../../src/platform/http/contract/operation-names.js';

const SLOT = /^@id:([a-z]*):(\d+)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NOTHING = '01890000-0000-7000-8000-000000000000';
/** Properties that name a thing by its part in another. */
const ALSO: Readonly<Record<string, string>> = { owner: 'member', assignee: 'member', createdby: 'member', endpoint: 'webhookendpoint' };

/** A place in a request that an id goes into when it is sent: which ones there are is known only then. */
export function idSlot(kind: string, at: number): string {
  return `@id:${kind}:${at}`;
}

/** `campaignId`, `mailboxIds` and `{projectId}` name what they hold; `{id}` is of the word before it, and `id` of the thing itself. */
export function kindOf(name: string, wordBefore = ''): string {
  const own = name.replace(/Ids?$/, '').toLowerCase();
  const kind = /^ids?$/i.test(name) ? singular(wordBefore).replaceAll('-', '') : own;
  return ALSO[kind] ?? kind;
}

/** The ids that answers have told so far, by kind. */
export class IdPool {
  private readonly ids = new Map<string, string[]>();

  /** @param spared  never given out: a request that takes away its own key ends the walk */
  constructor(private readonly spared: ReadonlySet<string>) {}

  add(kind: string, id: string): void {
    const known = this.ids.get(kind) ?? [];
    if (!this.spared.has(id) && !known.includes(id)) this.ids.set(kind, [...known, id]);
  }

  /** Takes every id out of the answer of a route. */
  harvest(path: string, body: unknown): void {
    const word = path.split('/').findLast((segment) => segment !== '' && !segment.startsWith('{')) ?? '';
    const visit = (part: unknown, depth: number): void => {
      if (typeof part !== 'object' || part === null || depth > 4) return;
      for (const [name, value] of Object.entries(part)) {
        if (typeof value === 'string' && UUID.test(value) && /^id$|Id$/.test(name)) this.add(kindOf(name, word), value);
        else visit(value, depth + 1);
      }
    };
    visit(body, 0);
  }

  /** A value with ids in its slots; the same slot gives the same id until new ones come. */
  fill<T>(value: T): T {
    if (typeof value === 'string') return this.fillText(value) as T;
    if (Array.isArray(value)) return this.fillList(value) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.fill(part as unknown)])) as T;
  }

  /** Two slots may get the same id, which a list of ids takes only once. */
  private fillList(parts: readonly unknown[]): unknown[] {
    const filled = parts.map((part) => this.fill(part));
    return parts.some((part) => typeof part === 'string' && SLOT.test(part)) ? [...new Set(filled)] : filled;
  }

  private fillText(text: string): string {
    const [, kind, at] = SLOT.exec(text) ?? [];
    if (kind === undefined) return text;
    const known = this.ids.get(kind) ?? [NOTHING];
    return known[Number(at) % known.length] ?? NOTHING;
  }
}
