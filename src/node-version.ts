/** Ends the process with a plain word when Node is too old. Has no imports: an old Node would fail on them before it could say so. */
export function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return;
  process.stderr.write(
    `Linkwright needs Node 22.12 or newer; this is ${process.version}.\nStart it through npm, as in "npm start": on Linux, npm ci has brought Node 24 along.\n`,
  );
  process.exit(1);
}
