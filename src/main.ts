import { requireNode } from './node-version.js';

// All else is imported only then: an old Node would fail on a dependency before it could say what is wrong.
requireNode();
const { setFlagsFromString } = await import('node:v8');

// Loading leaves little behind in the young heap, but would let it grow to 32 MB that an idle process never gives back (bench/start-up).
setFlagsFromString('--semi-space-growth-factor=1');
const { environment } = await import('./environment.js');
if (environment()['ROLES']?.trim() === 'render') {
  const { runRenderer } = await import('./render.js');
  await runRenderer(environment());
} else {
  const { runServer } = await import('./bootstrap.js');
  await runServer();
}
setFlagsFromString('--semi-space-growth-factor=2');
