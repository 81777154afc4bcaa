/** Requests of one round, after as many to warm up: a server is asked for longer than its compiler needs. */
export const UNITS = Number(process.env.BENCH_UNITS ?? 10_000);
export const WARM_UP = UNITS;
export const AT_ONCE = 20;
export const RECORDS = 20_000;

/** The n-th id: a UUIDv7 that anyone can work out. */
export const idOf = (n) => `01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
export const domainOf = (n) => `site-${n}.example`;
