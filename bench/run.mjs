// One run: the contestants of a workload in turn, round by round; medians and ratios printed, every figure kept.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const here = import.meta.dirname;
const [workload, rounds = '3'] = process.argv.slice(2);
if (!workload) {
  console.error(
    'Usage: node bench/run.mjs <workload> [rounds]   (mail-out, page-checks, webhooks, webhooks-hanging, webhooks-latency, one-record, start-up)',
  );
  process.exit(1);
}
const { CONTESTANTS: ALL, UNIT, start } = await import(join(here, workload, 'workload.mjs'));
const CONTESTANTS = process.env.BENCH_ONLY?.split(',') ?? ALL;
const run = promisify(execFile);
const perSecondText = (value) => value.toFixed(value < 10 ? 2 : 0).padStart(7);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const figures = Object.fromEntries(CONTESTANTS.map((name) => [name, []]));
const stage = await start();
try {
  for (let round = 1; round <= Number(rounds); round += 1) {
    for (const name of CONTESTANTS) {
      await stage.reset?.(name);
      const { stdout } = await run(process.execPath, [join(here, workload, `${name}.mjs`)], {
        env: { ...process.env, ...stage.env },
        maxBuffer: 1e8,
      });
      const figure = JSON.parse(stdout.trim().split('\n').at(-1));
      await stage.verify(name, figure);
      figures[name].push(figure);
      console.log(
        `round ${round}  ${name.padEnd(12)} ${perSecondText(figure.units / figure.wallSeconds)} ${UNIT}/s  ${((1000 * figure.cpuSeconds) / figure.units).toFixed(3)} CPU s per 1,000`,
      );
    }
  }
} finally {
  await stage.stop();
}

const summary = Object.fromEntries(
  CONTESTANTS.map((name) => [
    name,
    {
      perSecond: median(figures[name].map((figure) => figure.units / figure.wallSeconds)),
      cpuPer1000: median(figures[name].map((figure) => (1000 * figure.cpuSeconds) / figure.units)),
      databaseCpuPer1000: median(figures[name].map((figure) => (1000 * (figure.databaseCpuSeconds ?? 0)) / figure.units)),
      peakMb: median(figures[name].map((figure) => figure.peakMb)),
    },
  ]),
);
const ours = Object.values(summary)[0];
console.log(`\n${workload}: medians of ${rounds} rounds, ${cpus().length} cores`);
for (const [name, { perSecond, cpuPer1000, databaseCpuPer1000, peakMb }] of Object.entries(summary)) {
  const database = databaseCpuPer1000 > 0 ? `  + ${databaseCpuPer1000.toFixed(3)} of the database` : '';
  console.log(
    `${name.padEnd(12)} ${perSecondText(perSecond)} ${UNIT}/s  ${cpuPer1000.toFixed(3).padStart(8)} CPU s per 1,000  ${peakMb.toFixed(0).padStart(5)} MB   ${CONTESTANTS[0]} uses ${(ours.cpuPer1000 / cpuPer1000).toFixed(2)}× its CPU${database}`,
  );
}
mkdirSync(join(here, 'results'), { recursive: true });
const file = join(here, 'results', `${workload}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
writeFileSync(
  file,
  JSON.stringify({ workload, rounds: Number(rounds), node: process.version, cores: cpus().length, memory: totalmem(), summary, figures }, null, 2),
);
