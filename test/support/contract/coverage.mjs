// Jest reporter: which documented answers the run has seen. A run of a few files cannot see them all: it is judged only with CONTRACT_REPORT=1.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Answered only under conditions that no test makes for each single route; one of each kind is tested where it is made. */
const BY_THE_WAY = new Set(['400', '401', '403', '413', '415', '429', '500', '503']);

/** The server hands its connection to the stream, so no hook sees it as an answer; test/e2e/stream.spec.ts reads it. */
function isEndless({ content }) {
  return content?.['text/event-stream'] !== undefined;
}

export default class ContractCoverage {
  constructor(config) {
    this.config = config;
  }

  onRunStart() {
    this.folder = process.env.CONTRACT_COVERAGE = mkdtempSync(join(tmpdir(), 'linkwright-contract-'));
  }

  onRunComplete() {
    const seen = new Set(readdirSync(this.folder).flatMap((file) => readFileSync(join(this.folder, file), 'utf8').split('\n')));
    rmSync(this.folder, { recursive: true, force: true });
    if (!process.env.CONTRACT_REPORT && (this.config.testPathPatterns?.isSet() || this.config.onlyChanged)) return;
    const pairs = this.documented();
    const missing = pairs.filter((pair) => !seen.has(pair));
    this.unproven = missing.filter((pair) => / 2\d\d$/.test(pair));
    process.stdout.write(`\nContract: ${pairs.length - missing.length} of ${pairs.length} documented answers seen (without those of every route).\n`);
    for (const pair of this.unproven) process.stdout.write(`  promised, and seen by no test: ${pair}\n`); // Jest keeps the words of an error of a reporter to itself
    if (process.env.CONTRACT_REPORT) for (const pair of missing) process.stdout.write(`  never seen: ${pair}\n`);
  }

  /** A success that no test has seen is not tested. */
  getLastError() {
    if (this.unproven?.length > 0) return new Error(`openapi.json promises answers that no test has seen:\n  ${this.unproven.join('\n  ')}`);
  }

  documented() {
    const { paths } = JSON.parse(readFileSync(join(this.config.rootDir, 'openapi.json'), 'utf8'));
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses)
          .filter((status) => !BY_THE_WAY.has(status) && !isEndless(responses[status]))
          .map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    );
  }
}
