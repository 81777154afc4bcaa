import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { PageRenderer } from '../render/page-renderer.service.js';
import { RobotsRules } from './manners/robots-rules.service.js';
import { SharedHostTurns } from './manners/shared-host-turns.service.js';
import { PageFetcher } from './net/page-fetcher.js';
import { PageLook } from './page-look.js';
import { userAgentOf } from './user-agent.js';

export { userAgentOf };

/** The fetcher as this installation is set up; its connections end with the process. */
@Injectable()
class ConfiguredFetcher extends PageFetcher implements OnApplicationShutdown {
  constructor(config: AppConfig, turns: SharedHostTurns) {
    super({
      allowCidrs: config.FETCH_ALLOW_CIDRS,
      forbiddenPorts: config.ownPorts,
      dnsServers: config.DNS_SERVERS,
      userAgent: userAgentOf(config),
      turns,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

/** Anyone may ask for the one `PageFetcher` and the one `PageLook` of the process without importing a module. */
@Global()
@Module({
  providers: [SharedHostTurns, { provide: PageFetcher, useClass: ConfiguredFetcher }, RobotsRules, PageRenderer, PageLook],
  exports: [PageFetcher, PageLook],
})
export class WebFetchModule {}
