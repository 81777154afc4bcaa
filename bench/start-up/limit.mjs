import { join } from 'node:path';
import { measureStart } from './start.mjs';

await measureStart(join(import.meta.dirname, 'hello.mjs'), {});
