import { parentPort } from 'node:worker_threads';

import type { ThreadAnswer } from './parser-thread.js';
import { readMail } from './read-mail.js';

const port = parentPort;

port?.on('message', (raw: Uint8Array) => {
  void readMail(raw)
    .then(
      (mail): ThreadAnswer => ({ mail }),
      (error: unknown): ThreadAnswer => ({ error: String(error) }),
    )
    .then((answer) => {
      port.postMessage(answer);
    });
});
