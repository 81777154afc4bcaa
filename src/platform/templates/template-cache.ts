/** Compiled templates by version id, the least used ones dropped: a version never changes, so an entry never goes stale. */
export class TemplateCache<T> {
  private readonly entries = new Map<string, T>();

  constructor(private readonly size = 500) {}

  getOrCompile(versionId: string, compile: () => T): T {
    const known = this.entries.get(versionId);
    const entry = known ?? compile();
    this.entries.delete(versionId);
    this.entries.set(versionId, entry); // a Map keeps the order of insertion: the first key is the one used longest ago
    if (this.entries.size > this.size) this.dropOldest();
    return entry;
  }

  private dropOldest(): void {
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }
}
