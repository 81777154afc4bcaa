import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** The first line of stdin as it comes, or what a person types unseen. Never an argument: those stand in the process list. */
export async function readPassword({ fromPipe }: { readonly fromPipe: boolean }): Promise<string> {
  if (fromPipe) return (await text(process.stdin)).split(/\r?\n/)[0] ?? '';
  if (!process.stdin.isTTY) throw new Error('There is no terminal to ask at: give the password on stdin with --password-stdin.');
  process.stdout.write('Password: ');
  const silent = new Writable({
    write(_chunk, _encoding, done): void {
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stdout.write('\n');
  }
}
