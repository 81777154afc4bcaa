// A process that uses the embedded server of the folder it is given: prints its URL, and gives it up when its input ends.
import { startEmbeddedPostgres } from '../../dist/src/platform/database/embedded/embedded-postgres.js';

const server = await startEmbeddedPostgres({ dataDir: process.argv[2], durable: false });
console.log(server.url);
process.stdin.on('end', () => void server.stop()).resume();
