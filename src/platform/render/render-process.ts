import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { AddressGuard } from '../web-fetch/net/address-guard.js';
import { NameResolver } from '../web-fetch/net/name-resolver.js';
import { TargetGate } from '../web-fetch/net/target-gate.js';
import { userAgentOf } from '../web-fetch/user-agent.js';
import { createRenderServer } from './render-server.js';
import { giveUpRoot } from './unprivileged.js';

export interface Renderer {
  readonly port: number;
  close(): Promise<void>;
}

/** Says what to do about it. */
export class CannotRender extends Error {}

/**
 * Listens at HOST and PORT for pages to render.
 * @throws CannotRender when this process is root and there is no account to become
 */
export async function startRenderer(config: AppConfig): Promise<Renderer> {
  const { RENDER_CHROMIUM: executable, RENDER_TOKEN: token } = config;
  if (executable === undefined || token === undefined) throw new CannotRender('RENDER_CHROMIUM and RENDER_TOKEN are needed.');
  // read while we still may: afterwards the files of the product need not be ours to read
  const { RenderBrowser } = await import('./render-browser.js');
  if (!giveUpRoot()) throw new CannotRender('A browser does not run as root with its sandbox on: start this process as another user.');
  const home = await mkdtemp(join(tmpdir(), 'linkwright-render-'));
  process.chdir(home);
  const forbiddenPorts: number[] = [...config.ownPorts, ...config.RENDER_FORBIDDEN_PORTS];
  const gate = new TargetGate(new AddressGuard({ allowCidrs: config.FETCH_ALLOW_CIDRS, forbiddenPorts }), new NameResolver(config.DNS_SERVERS));
  const browser = new RenderBrowser({ executable, home, gate, userAgent: userAgentOf(config) });
  const server = createRenderServer(browser, token).listen(config.PORT, config.HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  forbiddenPorts.push(port);
  return {
    port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
