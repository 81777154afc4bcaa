import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp, environment, prepare } from '../bootstrap.js';

/**
 * Lends the application to a command: complete, on an up-to-date database, but not listening and with no worker running.
 * @param settings  stand above the environment
 */
export async function withApp(work: (app: NestFastifyApplication) => Promise<void>, settings: NodeJS.ProcessEnv = {}): Promise<void> {
  const ground = await prepare({ LOG_LEVEL: 'error', ...environment(), ...settings });
  try {
    const app = await createApp(ground.config);
    try {
      await work(app);
    } finally {
      await app.close();
    }
  } finally {
    await ground.stop();
  }
}
