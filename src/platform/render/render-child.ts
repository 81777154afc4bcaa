import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AppConfig } from '../config/app-config.js';

export interface RenderAddress {
  readonly url: string;
  readonly token: string;
}

const START_MS = 20_000;
/** As the build puts it beside the server. */
const ENTRY = fileURLToPath(new URL('./render.js', import.meta.url));

/** On a single machine the server starts the process with ROLES=render itself, when the first page is to be rendered. */
export class RenderChild {
  private child: ChildProcess | undefined;
  private started: Promise<RenderAddress | undefined> | undefined;

  constructor(private readonly config: AppConfig) {}

  /** Starts it when it does not run. @returns nothing when it cannot start; it is tried again with the next page */
  address(): Promise<RenderAddress | undefined> {
    this.started ??= this.start().catch(() => undefined);
    return this.started;
  }

  stop(): void {
    this.child?.kill('SIGTERM');
  }

  private async start(): Promise<RenderAddress | undefined> {
    const token = randomBytes(32).toString('base64url');
    // nothing of our environment: it carries secrets
    const child = spawn(process.execPath, [ENTRY, 'child-of-server'], {
      env: this.environment(token),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child = child;
    child.once('error', () => {
      this.started = undefined;
    });
    child.once('exit', () => {
      this.started = undefined;
    });
    const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(START_MS) })) as [{ readonly port: number }];
    return { url: `http://127.0.0.1:${message.port}`, token };
  }

  private environment(token: string): Record<string, string> {
    const { RENDER_CHROMIUM = '', FETCH_ALLOW_CIDRS, DNS_SERVERS, ownPorts, publicUrl } = this.config;
    return {
      ...{ PATH: '/usr/bin:/bin', ROLES: 'render', HOST: '127.0.0.1', PORT: '0', PUBLIC_URL: publicUrl, RENDER_CHROMIUM, RENDER_TOKEN: token },
      FETCH_ALLOW_CIDRS: FETCH_ALLOW_CIDRS.join(','),
      DNS_SERVERS: DNS_SERVERS.join(','),
      RENDER_FORBIDDEN_PORTS: ownPorts.filter((port) => port > 0).join(','),
    };
  }
}

/** Only a built server has the process beside it. */
export function canStartRenderer({ RENDER_CHROMIUM }: AppConfig): boolean {
  return RENDER_CHROMIUM !== undefined && existsSync(ENTRY);
}
