import { PinoLogger } from 'nestjs-pino';
import { symbols } from 'pino';
import { PERSONAL } from '../../src/platform/privacy/privacy-registry.js';
import { startFixtureSite } from '../support/fixture-site.js';
import { MARKS, playMarkedStory, type Secrets, type Stage } from '../support/marked-story.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { createTestApp } from '../support/test-app.js';
import { startReceiver } from '../support/webhook-receiver.js';

/** As one pattern for the database; domains aside, which are the site's. */
const PERSON = ['Wilhelmina', 'Zwetschgenbaum', '1080815', 'Quittenmus', 'Rhabarberkompott'].join('|');

describe('after the whole story with the values of people in it', () => {
  let stage: Stage;
  let secrets: Secrets;
  const said: string[] = [];

  beforeAll(async () => {
    const [t, sink, site, receiver] = await Promise.all([
      createTestApp({ env: { PUBLIC_URL: 'https://links.example', SYSTEM_MAIL_FROM: 'links@shop.example' } }),
      MisbehavingSmtp.start({ password: 'the-password-of-the-mailbox', namesRecipient: true }),
      startFixtureSite(),
      startReceiver(() => ({ status: 500, body: `${MARKS.firstName} does not like this` })),
    ]);
    stage = { t, sink, site, receiver };
    // every line of the process, redacted as it would be printed
    Object.assign(PinoLogger.root, { [symbols.streamSym]: { write: (line: string) => said.push(line) } });
    PinoLogger.root.level = 'trace';
    secrets = await playMarkedStory(stage);
  });

  afterAll(async () => {
    await stage.t.close();
    await Promise.all([stage.sink.stop(), stage.site.close(), stage.receiver.close()]);
  });

  /** Where the values stand: `table.column` of our own tables, `schema.table` of others. */
  async function found(): Promise<string[]> {
    const { db } = stage.t;
    const tables = await db.query<{ schema: string; name: string }[]>(
      `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
    );
    const places = await Promise.all(
      tables.map(async ({ schema, name }) => {
        const rows = await db.query<{ key: string }[]>(
          `/* all-workspaces: looked through */ SELECT DISTINCT f.key FROM "${schema}"."${name}" x, jsonb_each_text(to_jsonb(x)) f
            WHERE f.value ~* $1 OR CASE WHEN starts_with(f.value, '\\x') THEN encode(decode(substr(f.value, 3), 'hex'), 'escape') ~* $1 END ORDER BY 1`,
          [PERSON],
        );
        return rows.map(({ key }) => (schema === 'public' ? `${name}.${key}` : `${schema}.${name}`));
      }),
    );
    return places.flat();
  }

  it('has them only in the columns of the privacy registry', async () => {
    const places = await found();

    const registered = Object.entries(PERSONAL).flatMap(([table, columns]) => Object.keys(columns).map((column) => `${table}.${column}`));
    expect(places.filter((place) => !registered.includes(place))).toEqual([]);
  });

  it('has them where the story put them, so that the search is known to find', async () => {
    const places = await found();

    const put = [
      ...['attestations.note', 'campaigns.pause_reason', 'contacts.email', 'contacts.first_name', 'inbound_mails.raw', 'mailboxes.from_name'],
      ...['messages.last_response', 'messages.text', 'messages.to_address', 'notes.text', 'opportunities.stage_reason', 'pitch_drafts.text'],
      ...['pitches.state_reason', 'prospects.name', 'suppressions.value', 'webhook_deliveries.last_answer'],
    ];
    expect(put.filter((place) => !places.includes(place))).toEqual([]);
  });

  it('has told of them and of no secret in a log, however much it was told to say', () => {
    const log = said.join('');

    const leaked = [...Object.entries(secrets), ...Object.entries(MARKS)].filter(([, value]) => log.toLowerCase().includes(value.toLowerCase()));
    expect(leaked.map(([name]) => name)).toEqual([]);
    expect(log).not.toMatch(new RegExp(`${PERSON}|plum-blog\\.example|whsec_|\\blw_[\\w-]{20}|argon2`, 'i'));
    expect(said.length).toBeGreaterThan(50);
    expect(log).toContain('/u/:token');
    expect(Object.keys(secrets).sort()).toEqual(['apiKey', 'cookie', 'password', 'report', 'smtpPassword', 'unsubscribe', 'webhookSecret']);
    for (const secret of Object.values(secrets)) expect(secret.length).toBeGreaterThan(15);
  });
});
