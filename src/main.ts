// Nothing is imported statically: an old Node would fail on a dependency before it could say what is wrong.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `Linkwright needs Node 22.12 or newer; this is ${process.version}.\nStart it with "npm start": on Linux, npm ci has brought Node 24 along.\n`,
  );
  process.exit(1);
}
const { runServer } = await import('./bootstrap.js');
await runServer();
export {};
