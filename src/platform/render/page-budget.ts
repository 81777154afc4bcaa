/** What one page may cost before its connections are cut. */
export interface PageLimits {
  readonly connections: number;
  readonly bytes: number;
}

/** Of one page that is being rendered. What goes over is cut and remembered: such a page proves nothing by what it lacks. */
export class PageBudget {
  private connections = 0;
  private bytes = 0;
  private cut = false;

  constructor(private readonly limits: PageLimits) {}

  /** Something of the page was not fetched, for it was over the limits. */
  get exceeded(): boolean {
    return this.cut;
  }

  /** @returns false when there is no connection left */
  connect(): boolean {
    this.connections += 1;
    return this.within(this.connections <= this.limits.connections);
  }

  /** @returns false when these bytes were too many */
  spend(bytes: number): boolean {
    this.bytes += bytes;
    return this.within(this.bytes <= this.limits.bytes);
  }

  refuse(): void {
    this.cut = true;
  }

  private within(fits: boolean): boolean {
    if (!fits) this.cut = true;
    return fits;
  }
}
