import { createHash } from 'node:crypto';
import { Client, type ClientConfig } from 'pg';

const HOT = '/* hot */';

/**
 * Marks a statement that workers ask again and again: each connection has it parsed and planned once, where PostgreSQL finds
 * that a general plan is as good. Only for texts that never vary: every one stays with every connection.
 */
export function hot(sql: string): string {
  return `${HOT}${sql}`;
}

type Ask = (statement: unknown, ...rest: readonly unknown[]) => unknown;

/** Gives marked statements a name, which is how node-postgres prepares them. Not behind a pooler that hands each transaction another connection. */
export class PreparingClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const ask = this.query.bind(this) as Ask;
    const prepared: Ask = (statement, ...rest) => {
      if (typeof statement !== 'string' || !statement.startsWith(HOT)) return ask(statement, ...rest);
      const [values, ...others] = rest;
      return ask({ name: nameOf(statement), text: statement, values }, ...others);
    };
    this.query = prepared as typeof this.query; // the same overloads, passed through
  }
}

const names = new Map<string, string>();

function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(sql).digest('base64url').slice(0, 24);
  names.set(sql, name);
  return name;
}
