import { once } from 'node:events';
import { get, type ClientRequest, type IncomingMessage } from 'node:http';

export interface ReadEnvelope {
  readonly cursor: string;
  readonly id: string;
  readonly type: string;
}

export interface EventReader {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The body, when the answer is no stream. */
  readonly text: string;
  readonly events: readonly ReadEnvelope[];
  /** The last `id` that came, with data or without. */
  readonly lastId: string;
  /** Resolves when so many events have come in all. */
  received(count: number): Promise<void>;
  /** Resolves when the server has ended or broken the stream. */
  readonly ended: Promise<void>;
  /** No more is read; not even the end is noticed. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** A reader of server-sent events, as a browser reads them. Resolves when the answer has begun: of a stream, when it has said where it stands. */
export async function readStream(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
  const call: ClientRequest = get(url, { headers, agent: false });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => call.on('response', resolve).on('error', reject));
  const events: ReadEnvelope[] = [];
  const waiting: { readonly count: number; readonly tell: () => void }[] = [];
  let [rest, text, lastId] = ['', '', ''];
  const take = (block: string): void => {
    const data: string[] = [];
    for (const line of block.split('\n')) {
      if (line.startsWith('id: ')) lastId = line.slice(4);
      if (line.startsWith('data: ')) data.push(line.slice(6));
    }
    if (data.length === 0) return;
    events.push({ ...(JSON.parse(data.join('\n')) as ReadEnvelope), cursor: lastId });
    for (const { count, tell } of waiting) if (events.length >= count) tell();
  };
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) take(block);
  });
  const ended = new Promise<void>((done) => {
    answer.on('close', done).on('error', () => {
      done();
    });
  });
  if (answer.statusCode === 200) await Promise.race([once(answer, 'data'), ended]);
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    events,
    ended,
    get text() {
      return text;
    },
    get lastId() {
      return lastId;
    },
    received: (count) =>
      new Promise((tell) => {
        if (events.length >= count) tell();
        else waiting.push({ count, tell });
      }),
    pause: () => {
      answer.pause();
    },
    resume: () => {
      answer.resume();
    },
    close: () => {
      call.destroy();
    },
  };
}
