// What both loops share: a table of mails that are due, a history of their steps, the template, and nodemailer pools.
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { CONNECTIONS, MAILBOXES, optionsOf, TEMPLATE, UNITS } from './mails.mjs';

export const IN_FLIGHT = MAILBOXES * CONNECTIONS;

const subject = Handlebars.compile(TEMPLATE.subject, { noEscape: true });
const text = Handlebars.compile(TEMPLATE.text, { noEscape: true });

/** For nodemailer, of a row of the table. */
export function rendered({ n, mailbox, address, first_name: firstName, site }) {
  const values = { firstName, site };
  return optionsOf({ n, mailbox, to: address, subject: subject(values), text: text(values) });
}

export function database() {
  return new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 10 });
}

/** Signs with a key in PEM, as nodemailer's manual says, where the workload asks for it. */
export function pools() {
  const { BENCH_DKIM_PEM: file, BENCH_SMTP_PORT: port } = process.env;
  const dkim = file && { domainName: 'shop.example', keySelector: 'bench', privateKey: readFileSync(file, 'utf8') };
  const settings = { pool: true, host: '127.0.0.1', port: Number(port), name: 'shop.example', ignoreTLS: true };
  return Array.from({ length: MAILBOXES }, () =>
    createTransport({ ...settings, maxConnections: CONNECTIONS, maxMessages: Infinity, ...(dkim && { dkim }) }),
  );
}

export async function seedLoop(db) {
  await db.query(`
    CREATE SCHEMA bench
    CREATE TABLE mails (n int PRIMARY KEY, mailbox int NOT NULL, address text NOT NULL, first_name text NOT NULL, site text NOT NULL,
                        state text NOT NULL DEFAULT 'scheduled', next_at timestamptz, sent_at timestamptz, response text)
    CREATE INDEX mails_due ON mails (next_at) WHERE state = 'scheduled'
    CREATE TABLE history (n int NOT NULL, state text NOT NULL, at timestamptz NOT NULL)`);
  await db.query(
    `INSERT INTO bench.mails (n, mailbox, address, first_name, site, next_at)
     SELECT n, n % $2, format('editor-%s@tea-blog-%s.example', n, n), 'Editor ' || n, format('tea-blog-%s.example', n), now() FROM generate_series(0, $1 - 1) n`,
    [UNITS, MAILBOXES],
  );
}
