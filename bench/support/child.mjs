import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Another program of the bench. It sends one message when it is ready, and one answer to each question. */
export async function startChild(script, env = {}) {
  const child = fork(script, { env: { ...process.env, ...env } });
  const [ready] = await once(child, 'message');
  return {
    ready,
    ask: async (question) => {
      child.send(question);
      return (await once(child, 'message'))[0];
    },
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}
