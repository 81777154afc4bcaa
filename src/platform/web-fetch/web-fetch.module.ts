import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { PageFetcher } from './page-fetcher.js';

const POSTGRES_PORT = 5432;

/** Ports of the product itself and of its databases: no setting opens them on an inner address. */
export function ownPorts(config: AppConfig): readonly number[] {
  const databases = [config.DATABASE_URL, config.DATABASE_DIRECT_URL, config.DATABASE_READ_URL].flatMap((url) => {
    const parsed = url === undefined ? null : URL.parse(url);
    return parsed ? [parsed.port === '' ? POSTGRES_PORT : Number(parsed.port)] : [];
  });
  return [...new Set([config.PORT, ...databases])];
}

/** Names us honestly, with an address where we can be reached (standards 73). */
export function userAgentOf(config: AppConfig): string {
  return `Linkwright (+${config.publicUrl})`;
}

/** The fetcher as this installation is set up; its connections end with the process. */
@Injectable()
class ConfiguredFetcher extends PageFetcher implements OnApplicationShutdown {
  constructor(config: AppConfig) {
    super({
      allowCidrs: config.FETCH_ALLOW_CIDRS,
      forbiddenPorts: ownPorts(config),
      dnsServers: config.DNS_SERVERS,
      userAgent: userAgentOf(config),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

/** Anyone may ask for the one `PageFetcher` of the process without importing a module. */
@Global()
@Module({ providers: [{ provide: PageFetcher, useClass: ConfiguredFetcher }], exports: [PageFetcher] })
export class WebFetchModule {}
