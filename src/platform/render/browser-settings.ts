import type { BrowserContextOptions, LaunchOptions } from 'playwright-core';

export interface BrowserPlace {
  /** A Chromium. */
  readonly executable: string;
  /** A folder that the browser may write to. */
  readonly home: string;
  readonly proxyPort: number;
}

/** Names that pages see only when they are told to: a browser that cannot ask past the proxy. */
const FLAGS = [
  '--disable-quic',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--dns-prefetch-disable',
  // the proxy resolves; the browser itself finds no name at all, for whatever purpose
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  '--disable-gpu',
  '--js-flags=--max-old-space-size=512',
];

/** Seen by every document before its own scripts run: these open connections of their own kind, which no link needs. */
export const TAKEN_AWAY = `for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'WebTransport'])
  Object.defineProperty(globalThis, name, { value: undefined, configurable: false, writable: false });`;

/** The sandbox of the browser stays on: Playwright would turn it off. */
export function launchOptions({ executable, home, proxyPort }: BrowserPlace): LaunchOptions {
  return {
    executablePath: executable,
    headless: true,
    chromiumSandbox: true,
    args: FLAGS,
    // loopback goes through the proxy too
    proxy: { server: `http://127.0.0.1:${proxyPort}`, bypass: '<-loopback>' },
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: home, TMPDIR: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    timeout: 20_000,
  };
}

/** @param agent  the honest part of the user agent, behind what pages ask a browser for */
export function contextOptions(version: string, agent: string): BrowserContextOptions {
  const [major = '0'] = version.split('.');
  return {
    serviceWorkers: 'block',
    acceptDownloads: false,
    // tall, for what is loaded only when it comes into sight
    viewport: { width: 1280, height: 4000 },
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36 ${agent}`,
  };
}
