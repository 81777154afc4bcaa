// The same loop, each mail signed by nodemailer with a key in PEM.
process.env.BENCH_DKIM_PEM = process.env.BENCH_DKIM_KEY;
await import('./loop.mjs');
