/** What the values of a filter field are ids of. */
export interface Reference {
  readonly table: string;
  /** The column that holds the id, when it is not the table's own. */
  readonly column?: string;
  /** What people call the thing, for the error. */
  readonly thing: string;
  /** The column that says which project it belongs to, when it belongs to one: the actor's second border holds for it. */
  readonly projectColumn?: string;
}

/** Filled by the features, each from its module file, as they load. */
const REFERENCES = new Map<string, Reference>();

/** Names the table behind a filter field of a feature's things, whichever list has it. */
export function describeReferences(references: Readonly<Record<string, Reference>>): void {
  for (const [field, reference] of Object.entries(references)) REFERENCES.set(field, reference);
}

export function referenceOf(field: string): Reference | undefined {
  return REFERENCES.get(field);
}
