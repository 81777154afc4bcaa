/** How one item of a bulk request went. */
export class BulkItemResult {
  index!: number;
  /** The status that the item would have got alone. */
  status!: number;
  id?: string;
  /** What is wrong with it, as problem+json; its `instance` says which item. */
  problem?: Record<string, unknown>;
}

export class BulkResponse {
  /** In the order of the items. */
  results!: BulkItemResult[];
}
