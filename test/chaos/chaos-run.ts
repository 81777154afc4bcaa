import { setTimeout as pause } from 'node:timers/promises';
import { type Restart, RESTARTS } from './chaos-database.js';
import { ChaosInstallation } from './chaos-installation.js';
import { type Behaviour, ChaosPeople } from './chaos-people.js';
import { type ChaosReport, judge, type ShownEnrollment, type ShownMail } from './chaos-report.js';
import type { MailServers } from './mail-servers.js';
import { SeededRandom } from './seeded-random.js';

export interface ChaosOptions {
  readonly seed: number;
  /** First mails; each has a follow-up, where the first is taken. */
  readonly people: number;
  readonly rounds: number;
  readonly behaviours: readonly Behaviour[];
  readonly servers: MailServers;
  /** How long a mail may be on the wire of a living worker without being in the hands of a server that can tell. */
  readonly settleMs: number;
  readonly say?: (line: string) => void;
}

const WORKERS = 2;
const FAULTS = ['kill', 'kill', 'kill both', 'restart'] as const;
/** Longer than the backoffs of the first tries and the delay of the follow-up. */
const BETWEEN_ROUNDS_SECONDS = 25 * 60;
const CALM_STEPS_AT_MOST = 2000;
const CALM_STEP_SECONDS = 15 * 60;
/** A living worker has written by then what became of a mail. */
const FORGOTTEN_AFTER_MS = 15_000;
/** Longer than a worker takes to look at what is due. */
const STANDSTILL_MS = 2500;
const DAY_SECONDS = 86_400;

interface MailOnTheWire {
  readonly id: string;
  readonly to: string;
}
interface CalmRow {
  /** Seconds until the next thing falls due. */
  readonly wait: number | null;
  /** Mails and sequences that have not ended. */
  readonly open: number;
  /** Something is due, or claimed. */
  readonly busy: boolean;
  /** Changes with every step of a mail or a sequence. */
  readonly last: string;
}

/** Sends mail to servers that misbehave while workers are killed and the database goes down, then looks what became of each mail. */
export class ChaosRun {
  private readonly random: SeededRandom;
  private readonly inFlight = new Set<string>();
  /** Mails of dead workers. */
  private readonly left = new Set<string>();
  private readonly rounds: string[] = [];
  private readonly people: ChaosPeople;

  private constructor(
    private readonly installation: ChaosInstallation,
    private readonly options: ChaosOptions,
  ) {
    this.random = new SeededRandom(options.seed);
    this.people = new ChaosPeople(installation.url);
  }

  static async of(options: ChaosOptions): Promise<ChaosReport> {
    const installation = await ChaosInstallation.start(WORKERS);
    try {
      return await new ChaosRun(installation, options).go();
    } finally {
      await installation.stop();
    }
  }

  private async go(): Promise<ChaosReport> {
    const began = performance.now();
    const { behaviours, people, rounds, servers, seed } = this.options;
    await this.people.setUp(this.installation.setupToken, servers, new Set(behaviours.map(({ room }) => room)));
    const all = Array.from({ length: people }, (_, number) => ({ number, behaviour: behaviours[number % behaviours.length]! }));
    for (let round = 0; round < rounds; round += 1) {
      const part = all.slice(Math.floor((round * people) / rounds), Math.floor(((round + 1) * people) / rounds));
      await this.round(round, part);
    }
    await this.calmDown();
    const evidence = { mails: await this.mails(), enrollments: await this.enrollments(), taken: servers.taken(), inFlight: this.inFlight };
    return { ...judge({ ...evidence, enrolled: people }), seed, rounds: this.rounds, seconds: (performance.now() - began) / 1000 };
  }

  private async round(round: number, people: readonly { readonly behaviour: Behaviour; readonly number: number }[]): Promise<void> {
    await this.people.enroll(people);
    if (round > 0) await this.advance(BETWEEN_ROUNDS_SECONDS);
    await this.nurse();
    await this.moment();
    const what = await this.fault();
    const left = await this.settled();
    for (const { id } of left) this.inFlight.add(id);
    this.rounds.push(what);
    this.options.say?.(`round ${String(round + 1)}: ${what}; left on the wire: ${left.map(({ to }) => to.split('@')[0]).join(' ') || 'none'}`);
  }

  /** A random one, more often than not while a mail is on the wire. */
  private async moment(): Promise<void> {
    const { servers } = this.options;
    const before = servers.taken().length;
    const busy = (): boolean => (servers.underWay() ?? []).length > 0 || servers.taken().length > before;
    if (this.random.next() < 0.8) for (let looks = 0; looks < 1000 && !busy(); looks += 1) await pause(10);
    await pause(this.random.below(600));
  }

  private async fault(): Promise<string> {
    const fault = this.random.oneOf(FAULTS);
    if (fault === 'restart') {
      const how = this.random.oneOf(Object.keys(RESTARTS) as [Restart, ...Restart[]]);
      await this.remember();
      await this.installation.database.restart(how);
      await this.remember();
      return `database restart (${how})`;
    }
    const first = this.random.below(WORKERS);
    const doomed = fault === 'kill' ? [first] : [0, 1];
    await Promise.all(doomed.map((at) => this.installation.killWorker(at)));
    await this.remember();
    for (const at of doomed) this.installation.replaceWorker(at);
    return `kill -9 of ${doomed.map((at) => `worker ${String(at + 1)}`).join(' and ')}`;
  }

  /** All mails on the wire at this moment, those of living workers too: nobody can tell whose they are. */
  private async remember(): Promise<void> {
    for (const { id } of await this.onTheWire()) this.inFlight.add(id);
  }

  /** Waits until what is on the wire is there for good: mails of dead workers. @returns these */
  private async settled(): Promise<readonly MailOnTheWire[]> {
    let since = performance.now();
    let known = '';
    for (;;) {
      this.installation.check();
      const { unmoved, waiting } = await this.look();
      const seen = unmoved.map(({ id }) => id).join();
      if (seen !== known || waiting) [since, known] = [performance.now(), seen];
      if (performance.now() - since > this.options.settleMs) return this.leave(unmoved);
      await pause(50);
    }
  }

  private leave(mails: readonly MailOnTheWire[]): readonly MailOnTheWire[] {
    const found = mails.filter(({ id }) => !this.left.has(id));
    for (const { id } of found) this.left.add(id);
    return found;
  }

  /** `unmoved`: on the wire, but in no server's hands as far as servers can tell. */
  private async look(): Promise<{ readonly unmoved: readonly MailOnTheWire[]; readonly waiting: boolean }> {
    const kept = this.options.servers.underWay();
    const inHands = ({ to }: MailOnTheWire): boolean => (kept === undefined ? to.startsWith('tarpit') : kept.includes(to));
    const wire = await this.onTheWire();
    return { unmoved: wire.filter((mail) => !inHands(mail)), waiting: (kept ?? []).some((to) => !to.startsWith('tarpit')) };
  }

  /** Moves time on while no living worker has a mail on the wire: else its lease would run out under its feet. */
  private async advance(seconds: number): Promise<void> {
    const deadline = performance.now() + FORGOTTEN_AFTER_MS;
    for (;;) {
      const moved = await this.installation.database.whileMailsStandStill(async () => {
        const { unmoved, waiting } = await this.look();
        const forgotten = unmoved.filter(({ id }) => !this.left.has(id));
        if (performance.now() < deadline && (waiting || forgotten.length > 0)) return false;
        if (forgotten.length > 0) this.options.say?.(`forgotten by their workers: ${this.leave(forgotten).map(({ to }) => to).join(' ')}`); // prettier-ignore
        await this.people.advance(seconds);
        return true;
      });
      if (moved) return;
      await pause(50);
    }
  }

  /** No more faults: time moves on until everything that can end has ended. */
  private async calmDown(): Promise<void> {
    let [since, known] = [performance.now(), ''];
    for (let step = 0; step < CALM_STEPS_AT_MOST;) {
      this.installation.check();
      const nursed = await this.nurse();
      const [row] = await this.installation.database.read<CalmRow>(CALM);
      if (!row || (row.open === 0 && !nursed)) return;
      if (row.last !== known) [since, known] = [performance.now(), row.last];
      if (nursed || (row.busy && performance.now() - since < STANDSTILL_MS)) {
        await pause(50);
        continue;
      }
      step += 1;
      if (step % 50 === 0) this.options.say?.(`calming down, step ${String(step)}: ${String(row.open)} still to come`);
      await this.advance(Math.min(Math.max(Math.ceil(row.wait ?? 0) + 1, CALM_STEP_SECONDS), 30 * DAY_SECONDS));
      since = performance.now();
    }
  }

  /** Does what only a person may: ends alarms, lets campaigns go on that a guardrail has held. */
  private async nurse(): Promise<boolean> {
    const read = (sql: string): Promise<{ id: string }[]> => this.installation.database.read(sql);
    const closed = await read(`SELECT id FROM mailboxes WHERE alarm_at IS NOT NULL OR state <> 'connected'`);
    const held = await read(`SELECT id FROM campaigns WHERE state = 'paused'`);
    for (const { id } of closed) await this.people.reconnect(id);
    for (const { id } of held) await this.people.resume(id);
    return closed.length + held.length > 0;
  }

  private onTheWire(): Promise<MailOnTheWire[]> {
    return this.installation.database.read(`SELECT id, to_address AS to FROM messages WHERE state = 'transmitting' ORDER BY id`);
  }

  private mails(): Promise<ShownMail[]> {
    return this.installation.database.read(
      `SELECT id, to_address AS to, subject, state, rfc_message_id AS "messageId" FROM messages WHERE direction = 'out' ORDER BY id`,
    );
  }

  private enrollments(): Promise<ShownEnrollment[]> {
    return this.installation.database.read(
      `SELECT c.email AS to, e.state, e.state_reason AS reason
         FROM enrollments e JOIN contacts c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id ORDER BY e.id`,
    );
  }
}

/** What is still to come, and how long until the first of it, by the clock of the product. */
const CALM = `
  WITH clock AS (SELECT now() + COALESCE((SELECT offset_seconds FROM sandbox_clock), 0) * interval '1 second' AS at),
  next AS (
    SELECT GREATEST(m.next_at, mb.next_at) AS at FROM messages m JOIN mailboxes mb ON mb.workspace_id = m.workspace_id AND mb.id = m.mailbox_id
     WHERE m.state = 'scheduled'
    UNION ALL SELECT claimed_until FROM messages WHERE state IN ('claimed', 'transmitting')
    UNION ALL SELECT next_at FROM enrollments WHERE state IN ('pending', 'active'))
  SELECT (SELECT count(*)::int FROM messages WHERE state IN ('draft', 'pending_approval', 'scheduled', 'claimed', 'transmitting', 'failed_temporary'))
       + (SELECT count(*)::int FROM enrollments WHERE state IN ('pending', 'active', 'paused', 'postponed')) AS open,
         (SELECT extract(epoch FROM min(next.at) - clock.at)::float8 FROM next, clock WHERE next.at > clock.at GROUP BY clock.at) AS wait,
         EXISTS (SELECT FROM next, clock WHERE next.at <= clock.at) OR EXISTS (SELECT FROM messages WHERE state = 'claimed') AS busy,
         (SELECT count(*)::text FROM state_changes) AS last`;
