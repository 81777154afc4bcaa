import type { INestApplicationContext } from '@nestjs/common';
import { parseArgs } from 'node:util';
import { type ReplayReport, OptOutReplay } from '../modules/suppressions/opt-out-replay.service.js';
import { type DoubtReport, type MailboxReport, RestoredMails } from '../modules/sending/restore/restored-mails.service.js';
import { Clock } from '../platform/clock.js';
import { GuardFolder, linesOfJournals } from '../platform/restore/guard-folder.js';
import { RestoreGuard } from '../platform/restore/restore-guard.service.js';
import { withApp } from './with-app.js';

export interface AfterRestoreOptions {
  readonly dryRun?: boolean;
  /** Mails that may have left wait for people, one task each. */
  readonly askPeople?: boolean;
  /** When the old installation stopped sending; absent: nobody knows, so until now. */
  readonly stoppedAt?: Date;
  /** Folders with journals of other machines. */
  readonly journals?: readonly string[];
  /** The database was moved whole: nothing is looked for. */
  readonly nothingWasLost?: boolean;
}

/** `after-restore`: finds out what a restored database has sent, brings opt-outs back, and lets mail leave again (ADR 18). */
export async function runAfterRestore(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      'dry-run': { type: 'boolean' },
      'ask-people': { type: 'boolean' },
      'stopped-at': { type: 'string' },
      journal: { type: 'string', multiple: true },
      'nothing-was-lost': { type: 'boolean' },
    },
  });
  const stoppedAt = values['stopped-at'] === undefined ? undefined : new Date(values['stopped-at']);
  if (stoppedAt && Number.isNaN(stoppedAt.getTime())) throw new Error('--stopped-at is an instant such as 2026-11-02T10:00:00Z.');
  const options = {
    dryRun: values['dry-run'] === true,
    askPeople: values['ask-people'] === true,
    nothingWasLost: values['nothing-was-lost'] === true,
  };
  await withApp(async (app) => {
    const { text, held } = await afterRestore(app, { ...options, journals: values.journal ?? [], ...(stoppedAt && { stoppedAt }) });
    process.stdout.write(text);
    if (held && !options.dryRun) process.exitCode = 2; // a script must not take this for done
  });
}

export interface AfterRestoreResult {
  /** For people. */
  readonly text: string;
  /** Whether mail still is. */
  readonly held: boolean;
}

export async function afterRestore(app: INestApplicationContext, options: AfterRestoreOptions = {}): Promise<AfterRestoreResult> {
  const guard = app.get(RestoreGuard);
  const { dryRun = false, nothingWasLost = false } = options;
  const { seenAt, heldAt } = await guard.state();
  const lines = [
    dryRun ? 'A dry run: nothing is changed.' : 'No mail leaves while this runs.',
    seenAt ? `This database last saw the product run at ${seenAt.toISOString()}.` : 'This database never saw the product run.',
  ];
  if (!dryRun) await guard.hold('asked');
  const findings = nothingWasLost ? NOTHING : await reconcile(app, options, seenAt);
  if (dryRun) return { text: [...lines, ...findings.lines, 'Nothing was changed.', ''].join('\n'), held: heldAt !== null };
  if (!findings.open) await guard.settle();
  return {
    text: [...lines, ...findings.lines, findings.open ? 'Mail is still held.' : 'Done: mail leaves again.', ''].join('\n'),
    held: findings.open,
  };
}

interface Findings {
  readonly lines: readonly string[];
  /** Something is left to decide. */
  readonly open: boolean;
}

const NOTHING: Findings = { lines: ['Nothing was lost, as you say.'], open: false };

/** Sent mails first: an opt-out must not call off a mail that left before it. */
async function reconcile(
  app: INestApplicationContext,
  { dryRun = false, askPeople = false, journals = [], ...options }: AfterRestoreOptions,
  since: Date | null,
): Promise<Findings> {
  const mails = app.get(RestoredMails);
  const mailboxes = await mails.findSent({ since, dryRun });
  const own = await app.get(GuardFolder).journalLines();
  const others = await Promise.all(journals.map(linesOfJournals));
  const replay = await app.get(OptOutReplay).replay([...own, ...others.flat()], { dryRun });
  const stoppedAt = options.stoppedAt ?? app.get(Clock).now();
  const unproven = mailboxes.filter(({ noProof }) => noProof !== null);
  const doubt = await mails.doubt(unproven, { since, stoppedAt, dryRun, askPeople });
  const lastSeen = (await app.get(RestoreGuard).mark())?.at;
  return {
    lines: [
      ...mailboxes.map(wordsOf),
      wordsOfReplay(replay),
      ...(doubt.doubtful > 0 ? [wordsOfDoubt(doubt, { stoppedAt, askPeople, lastSeen })] : []),
      'Answers that came in since then are not known here: post them again (POST /api/v1/mailboxes/{id}/inbound), or their writers get follow-ups.',
    ],
    open: doubt.doubtful > 0 && !askPeople,
  };
}

function wordsOf({ address, found, foundUnplanned, unknown, noProof }: MailboxReport): string {
  const parts = [`${String(found)} mails had left, and ${String(foundUnplanned)} of steps that were not planned`];
  if (unknown > 0)
    parts.push(`${String(unknown)} more stand in the folder that belong to nothing this database knows: look there before you enrol people again`);
  if (noProof !== null) parts.push(`what is not found may have left all the same: ${noProof}`);
  return `${address}: ${parts.join('; ')}.`;
}

function wordsOfReplay({ added, known, erased, removed, passed, broken }: ReplayReport): string {
  const parts = [`${String(added)} opt-outs came back, ${String(known)} were known, ${String(removed)} had been taken back`];
  if (erased > 0) parts.push(`${String(erased)} people had been erased and are here again: erase them`);
  if (passed > 0) parts.push(`${String(passed)} belong to nothing here, or are over`);
  if (broken > 0) parts.push(`${String(broken)} lines cannot be read`);
  return `The journal: ${parts.join('; ')}.`;
}

function wordsOfDoubt(
  { doubtful, left }: DoubtReport,
  { stoppedAt, askPeople, lastSeen }: { readonly stoppedAt: Date; readonly askPeople: boolean; readonly lastSeen: Date | undefined },
): string {
  const what = `${String(doubtful)} mails were due until ${stoppedAt.toISOString()} by mailboxes without proof, and may have left.`;
  if (askPeople) {
    const rest = doubtful - left;
    const others =
      rest > 0 ? ` ${String(rest)} are steps whose mails cannot be written now, and are tried again as always: look at their enrollments.` : '';
    return `${what} ${String(left)} wait for people to say what became of them (delivery_unknown, one task each).${others}`;
  }
  const seen = lastSeen ? ` This machine last counted at ${lastSeen.toISOString()}.` : '';
  return `${what}${seen} Say --stopped-at <instant> when you know when the old installation stopped sending; then --ask-people gives those that remain to people, who say for each whether it left, is sent again or given up.`;
}
