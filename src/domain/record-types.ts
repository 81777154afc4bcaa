/** What people write notes on and put down work at. The field that names one is its type with `Id`, as in `prospectId`. */
export const RECORD_TYPES = [
  'project',
  'campaign',
  'prospect',
  'contact',
  'opportunity',
  'enrollment',
  'message',
  'thread',
  'pitch',
  'backlink',
] as const;
export type RecordType = (typeof RECORD_TYPES)[number];
export type RecordField = `${RecordType}Id`;
export type RecordIds = Readonly<Partial<Record<RecordField, string | undefined>>>;

/** Those that belong to no project: what stands on them is the whole team's, but not a viewer's. */
export const CATALOGUE_RECORDS: readonly RecordType[] = ['prospect', 'contact'];

export interface NamedRecord {
  readonly type: RecordType;
  readonly id: string;
}

/** The records that a body names. */
export function recordsIn(ids: RecordIds): readonly NamedRecord[] {
  return RECORD_TYPES.flatMap((type) => {
    const id = ids[`${type}Id`];
    return id === undefined ? [] : [{ type, id }];
  });
}
