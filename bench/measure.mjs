import { databaseCpuSeconds } from './support/database-cpu.mjs';

/**
 * Does the work once and prints the figure that run.mjs reads: wall time, peak memory, CPU of this process, and CPU of the
 * database server where one serves the contestant (BENCH_POSTGRES_PID, Linux only).
 */
export async function measure(work) {
  const database = databaseCpuSeconds();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const units = await work();
  const wallSeconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const figure = {
    units,
    cpuSeconds: (used.user + used.system) / 1e6,
    wallSeconds,
    peakMb: process.resourceUsage().maxRSS / 1024,
    ...(database !== undefined && { databaseCpuSeconds: databaseCpuSeconds() - database }),
  };
  console.log(JSON.stringify(figure));
}
