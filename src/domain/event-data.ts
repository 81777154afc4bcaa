/** Where an event belongs. */
export interface EventPlace {
  readonly projectId: string | null;
  readonly campaignId: string | null;
}

export type EventData = Readonly<Record<string, unknown>>;

/** Envelopes stay below 20 kB (standards 79); what stands around `data` is a few hundred bytes. */
const DATA_LIMIT_BYTES = 18_000;

/** Members of `data` that say where an event belongs; short by their nature. */
const PLACES = ['projectId', 'opportunityId'] as const;

/**
 * `data` as it may be written: as it is, or thin where it is too large for a receiver, with `truncated: true`. A thin event names
 * the thing, which can be read from the API.
 */
export function boundedData(data: EventData): EventData {
  if (sizeBytes(data) <= DATA_LIMIT_BYTES) return data;
  const object = isRecord(data['object']) ? data['object'] : {};
  const names = Object.fromEntries(Object.entries(object).filter(([name, value]) => (name === 'type' || isIdField(name)) && isShort(value)));
  const places = Object.fromEntries(PLACES.filter((name) => isShort(data[name])).map((name) => [name, data[name]]));
  return { object: names, ...places, truncated: true };
}

/**
 * What an event is about, for the order of deliveries: the id of its object. Undefined when it has none.
 */
export function subjectOf(data: EventData): string | undefined {
  const object = data['object'];
  const id = isRecord(object) ? object['id'] : undefined;
  return typeof id === 'string' && UUID.test(id) ? id : undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** UTF-8, without a Buffer: this floor is pure. A character takes one byte, or, past ASCII, at most three for each UTF-16 unit. */
function sizeBytes(data: EventData): number {
  let bytes = 0;
  const text = JSON.stringify(data);
  for (let at = 0; at < text.length; at += 1) bytes += text.charCodeAt(at) < 0x80 ? 1 : 3;
  return bytes;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isIdField(name: string): boolean {
  return name === 'id' || name.endsWith('Id');
}

function isShort(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 100;
}
