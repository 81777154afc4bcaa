import { createHmac } from 'node:crypto';
import { Pool } from 'undici';
import { SECRET_BYTES } from './deliveries.mjs';

export const CONNECTIONS = 64;

/** Signed as Standard Webhooks says, over connections that stay. @returns post({ eventId, path, body }) */
export function poster() {
  const pool = new Pool(`http://127.0.0.1:${process.env.BENCH_RECEIVER_PORT}`, { connections: CONNECTIONS });
  const post = async ({ eventId, path, body }) => {
    const id = `evt_${eventId}`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v1,${createHmac('sha256', SECRET_BYTES).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    const answer = await pool.request({ path, method: 'POST', headers, body });
    await answer.body.dump();
    if (answer.statusCode !== 204) throw new Error(`Void: answered ${answer.statusCode}.`);
  };
  return { post, close: () => pool.close() };
}
