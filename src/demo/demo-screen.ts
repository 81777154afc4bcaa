import { pause } from './demo-product.js';

const POLL_MS = 100;
const PATIENCE_MS = 30_000;

/** What the demo prints: a line a step, a progress line while it waits. */
export class DemoScreen {
  private steps = 0;
  private waiting = '';

  constructor(private readonly out: NodeJS.WriteStream) {}

  say(what: string, id?: string): void {
    this.clear();
    this.steps += 1;
    this.out.write(`${String(this.steps).padStart(2)}. ${what}${id === undefined ? '' : `  [${id}]`}\n`);
  }

  note(line: string): void {
    this.clear();
    this.out.write(`${line}\n`);
  }

  /** Shown in place on a terminal, once on paper. */
  wait(what: string): void {
    if (this.out.isTTY) this.out.write(`\r\x1b[K    … ${what}`);
    else if (what !== this.waiting) this.out.write(`    … ${what}\n`);
    this.waiting = what;
  }

  /** Asks until there is an answer. @throws Error naming what never came */
  async until<T>(what: string, ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) {
        this.clear();
        return answer;
      }
      if (performance.now() > deadline) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain for: ${what}`);
      this.wait(what);
      await pause(POLL_MS);
    }
  }

  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
    for (const row of rows) this.note(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  }

  private clear(): void {
    if (this.out.isTTY && this.waiting) this.out.write('\r\x1b[K');
    this.waiting = '';
  }
}
