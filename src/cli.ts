import { requireNode } from './node-version.js';

type Command = (args: string[]) => Promise<void>;

// Nothing else is imported statically: see main.ts.
const COMMANDS: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Command> }>> = {
  migrate: { about: 'bring the database up to date', load: async () => (await import('./cli/migrate.js')).runMigrate },
  'create-user': {
    about: 'make a user, or let one into a workspace: create-user <email> [--name N] [--workspace W] [--role R] [--password-stdin]',
    load: async () => (await import('./cli/create-user.js')).runCreateUser,
  },
  'reset-password': {
    about: 'print a link to choose a new password: reset-password <email>',
    load: async () => (await import('./cli/reset-password.js')).runResetPassword,
  },
  'turn-off-totp': {
    about: 'take the second factor from a user who lost app and recovery codes: turn-off-totp <email>',
    load: async () => (await import('./cli/turn-off-totp.js')).runTurnOffTotp,
  },
  'after-restore': {
    about:
      'settle what a restored database does not know: after-restore [--dry-run] [--ask-people] [--stopped-at T] [--journal DIR] [--nothing-was-lost]',
    load: async () => (await import('./cli/after-restore.js')).runAfterRestore,
  },
  seed: { about: 'fill a workspace with a little to look at; harmless when repeated', load: async () => (await import('./cli/seed.js')).runSeed },
  demo: { about: 'play the main job on servers of its own: demo [--stay]', load: async () => (await import('./demo/demo.js')).runDemo },
  openapi: { about: 'write the contract: openapi [file]', load: async () => (await import('./cli/openapi.js')).runOpenApi },
};

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  return `Usage: node dist/src/cli.js <command>\n\n${lines.join('\n')}\n`;
}

async function run([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(usage());
    return;
  }
  const command = Object.entries(COMMANDS).find(([known]) => known === name)?.[1];
  if (!command) {
    process.stderr.write(`There is no command ${name}.\n\n${usage()}`);
    process.exitCode = 1;
    return;
  }
  try {
    await (
      await command.load()
    )(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'It failed.'}\n`);
    process.exitCode = 1;
  }
}

requireNode();
await run(process.argv.slice(2));
