import { environment } from './environment.js';
import { InvalidConfig, readConfig } from './platform/config/app-config.js';
import { CannotRender, startRenderer } from './platform/render/render-process.js';

/** The process with ROLES=render: shows pages to a browser for others, and knows nothing else of the product. */
export async function runRenderer(env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const renderer = await startRenderer(readConfig(env));
    let stopping = false;
    const stop = async (): Promise<void> => {
      if (stopping) return;
      stopping = true;
      await renderer.close();
      process.exit(0);
    };
    process.on('SIGTERM', () => void stop());
    process.on('SIGINT', () => void stop());
    // of a server that started this process; it may have been killed
    process.on('disconnect', () => void stop());
    process.send?.({ port: renderer.port });
  } catch (error) {
    const said = error instanceof InvalidConfig || error instanceof CannotRender;
    process.stderr.write(`${said ? error.message : `Cannot start: ${String(error)}`}\n`);
    process.exit(1);
  }
}

// a server starts this file itself
if (process.argv[2] === 'child-of-server') await runRenderer(environment());
