import { setTimeout as pause } from 'node:timers/promises';
import type { MailServers } from './mail-servers.js';

/** What happens to the mails of a recipient, and how often a server may then have kept one. */
export interface Behaviour {
  readonly name: string;
  readonly room: Room;
  /** It ends without a word after the message: of unknown fate by the server's fault alone. */
  readonly silent?: true;
  /** The shared fault server knows it too. */
  readonly shared?: true;
}

/** Mailboxes of their own for what closes or rests a whole mailbox. */
const ROOMS = ['mixed', 'dropenvelope', 'rcpt421', 'data421', 'policy', 'from550', 'tarpit', 'late'] as const;
type Room = (typeof ROOMS)[number];

export const BEHAVIOURS: readonly Behaviour[] = [
  ...['ok', 'slowack', 'multi', 'flaky', 'data451', 'rcpt450', 'rcpt550'].map((name) => ({ name, room: 'mixed', shared: true }) as const),
  ...['dropack', 'droponce'].map((name) => ({ name, room: 'mixed', silent: true, shared: true }) as const),
  { name: 'dropdata', room: 'mixed', silent: true },
  { name: 'dropenvelope', room: 'dropenvelope' },
  { name: 'rcpt421', room: 'rcpt421', shared: true },
  { name: 'data421', room: 'data421' },
  { name: 'data554', room: 'policy', shared: true },
  { name: 'from550', room: 'from550' },
  { name: 'tarpit', room: 'tarpit', silent: true, shared: true },
  { name: 'greet', room: 'late', shared: true },
];

export const SUBJECTS = { first: 'A guide to kettles', second: 'One more word on kettles' } as const;

/** The team that writes: everything is done as people do it, over the API. */
export class ChaosPeople {
  private key = '';
  private readonly campaigns = new Map<Room, string>();
  private readonly started = new Set<string>();

  constructor(private readonly url: string) {}

  /** Signs up and prepares a campaign for each room; nobody is enrolled yet. */
  async setUp(setupToken: string, servers: MailServers, rooms: ReadonlySet<Room>): Promise<void> {
    const owner = { name: 'Ann', email: 'ann@tea.example', password: 'a long enough password' };
    const cookie = await this.signUp({ setupToken, workspaceName: 'Tea links', ...owner });
    this.key = (await this.call<{ key: string }>('POST', '/api-keys', { name: 'chaos', scopes: ['*'] }, { cookie })).key;
    await this.call('PATCH', '/workspace', { postalAddress: 'Tea House, 1 Leaf Lane, Teatown' });
    const project = await this.made('/projects', { name: 'Tea House', url: 'https://tea.example/' });
    const page = await this.made(`/projects/${project}/target-pages`, { url: 'https://tea.example/kettles', title: 'Kettles' });
    const text = 'Hello,\n\nplease look at {{targetPage.url}}.\n\n{{sender.name}}\n';
    const first = await this.made('/templates', { name: 'First', subject: SUBJECTS.first, text });
    const second = await this.made('/templates', { name: 'Second', subject: SUBJECTS.second, text });
    const steps = [
      { templateId: first, delay: { value: 0, unit: 'minutes' } },
      { templateId: second, delay: { value: 20, unit: 'minutes' }, thread: 'new' },
    ];
    const sequence = await this.made('/sequences', { name: 'Two mails', steps });
    const common = { projectId: project, targetPageId: page, tactic: 'guest_post', sequenceId: sequence, window: null };
    for (const room of ROOMS.filter((one) => rooms.has(one))) {
      const boxes = [await this.mailbox(room, servers), ...(room === 'mixed' ? [await this.mailbox('mixed-2', servers)] : [])];
      this.campaigns.set(room, await this.made('/campaigns', { name: room, mailboxIds: boxes, ...common }));
    }
  }

  /** A campaign begins with its first people. @param people  each with the number that makes its site */
  async enroll(people: readonly { readonly behaviour: Behaviour; readonly number: number }[]): Promise<void> {
    for (const [room, campaign] of this.campaigns) {
      const items = people
        .filter(({ behaviour }) => behaviour.room === room)
        .map(({ behaviour: { name }, number }) => ({
          url: `https://site-${String(number)}.example/`,
          contacts: [{ email: `${name}.${String(number)}@site-${String(number)}.example` }],
          enroll: true,
        }));
      if (items.length === 0) continue;
      const { results } = await this.call<{ results: { status: number }[] }>('POST', `/campaigns/${campaign}/prospects`, { items });
      const wrong = results.find(({ status }) => status >= 300);
      if (wrong) throw new Error(`Nobody was enrolled: ${JSON.stringify(wrong)}`);
      if (!this.started.has(campaign)) await this.call('POST', `/campaigns/${campaign}/start`, {});
      this.started.add(campaign);
    }
  }

  async advance(seconds: number): Promise<void> {
    await this.call('POST', '/sandbox/clock/advance', { seconds });
  }

  /** Ends the alarm of a mailbox. */
  async reconnect(mailboxId: string): Promise<void> {
    await this.call('PATCH', `/mailboxes/${mailboxId}`, { state: 'connected' });
  }

  /** Lets a campaign go on that a guardrail has paused. */
  async resume(campaignId: string): Promise<void> {
    await this.call('POST', `/campaigns/${campaignId}/resume`, { reason: 'The servers are out of their minds today.' });
  }

  private mailbox(name: string, { port, latePort }: MailServers): Promise<string> {
    return this.made('/mailboxes', {
      ...{ name, fromName: 'Ann of Tea', fromAddress: `${name}@tea.example` },
      smtp: { host: '127.0.0.1', port: name === 'late' ? latePort : port, security: 'none' },
      limits: { perDay: 100_000, perHour: 100_000, gapSeconds: 0 },
    });
  }

  private async signUp(body: object): Promise<string> {
    const answer = await fetch(`${this.url}/api/v1/auth/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`The setup answered ${String(answer.status)}: ${await answer.text()}`);
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  }

  private async made(path: string, body: object): Promise<string> {
    return (await this.call<{ id: string }>('POST', path, body)).id;
  }

  /** Asks again while the database is away. */
  private async call<T>(method: string, path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      const answer = await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'if-match': '*', ...(headers ?? { authorization: `Bearer ${this.key}` }) },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text === '' ? 'null' : text) as T;
      if (answer.status < 500 || tries === 50) throw new Error(`${method} ${path} answered ${String(answer.status)}: ${text}`);
      await pause(200);
    }
  }
}
