/** Does the work once and prints the figure that run.mjs reads: CPU of this process, wall time, peak memory. */
export async function measure(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const units = await work();
  const used = process.cpuUsage(cpu);
  const figure = {
    units,
    cpuSeconds: (used.user + used.system) / 1e6,
    wallSeconds: (performance.now() - start) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
  console.log(JSON.stringify(figure));
}
