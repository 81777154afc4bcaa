import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedPost {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How a receiver answers its posts, one by one; a promise keeps the sender waiting. */
export type AnswerTo = (post: ReceivedPost, earlier: readonly ReceivedPost[]) => Answer | Promise<Answer>;

export interface Receiver {
  readonly url: string;
  readonly posts: readonly ReceivedPost[];
  answer: AnswerTo;
  /** Resolves when so many posts have come in all. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

const ACCEPTED: Answer = { status: 204 };

/** Someone else's server, on loopback: keeps what it is sent and answers as it is told. */
export async function startReceiver(answer: AnswerTo = () => ACCEPTED): Promise<Receiver> {
  const posts: ReceivedPost[] = [];
  const waiting: { readonly count: number; readonly tell: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const post = { id: String(request.headers['webhook-id']), headers: request.headers, body: Buffer.concat(chunks).toString() };
      const earlier = [...posts];
      posts.push(post);
      for (const { count, tell } of waiting) if (posts.length >= count) tell();
      void Promise.resolve(receiver.answer(post, earlier)).then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts,
    answer,
    received: (count) =>
      new Promise((tell) => {
        if (posts.length >= count) tell();
        else waiting.push({ count, tell });
      }),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => {
          done();
        });
      }),
  };
  return receiver;
}

/** What a receiver reads out of a post, once the library of Standard Webhooks has found the signature good. */
export function verified(post: ReceivedPost, secret: string): { id: string; type: string; data: unknown } {
  return new Webhook(secret).verify(post.body, post.headers as Record<string, string>) as { id: string; type: string; data: unknown };
}
