// Ours, with a DKIM key (RSA-2048) at every mailbox; the workload sets it.
await import('./ours.mjs');
