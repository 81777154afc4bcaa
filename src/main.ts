import { requireNode } from './node-version.js';

// All else is imported only then: an old Node would fail on a dependency before it could say what is wrong.
requireNode();
const { runServer } = await import('./bootstrap.js');
await runServer();
