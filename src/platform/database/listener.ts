import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { AppConfig } from '../config/app-config.js';
import { SECOND_MS } from '../clock.js';

type Heard = (payload: string) => void;

/**
 * The one LISTEN connection of a process (architecture 2, "Direct connection").
 * A lost notice costs a second at most: whoever listens also looks by itself.
 */
@Injectable()
export class Listener implements OnApplicationShutdown {
  private readonly logger = new Logger(Listener.name);
  private readonly heard = new Map<string, Heard[]>();
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly config: AppConfig) {}

  /** Calls `heard` with the payload of every notice on `channel`, from the moment the connection stands. */
  on(channel: string, heard: Heard): void {
    const known = this.heard.get(channel);
    this.heard.set(channel, [...(known ?? []), heard]);
    if (!known) void this.client?.query(`LISTEN ${channel}`).catch(() => undefined);
  }

  async start(): Promise<void> {
    const client = new Client({
      connectionString: this.config.DATABASE_DIRECT_URL ?? this.config.DATABASE_URL,
      application_name: 'linkwright listener',
    });
    client.on('notification', (notice) => {
      for (const heard of this.heard.get(notice.channel) ?? []) heard(notice.payload ?? '');
    });
    client.on('error', () => {
      this.reconnect();
    });
    client.on('end', () => {
      this.reconnect();
    });
    try {
      await client.connect();
      for (const channel of this.heard.keys()) await client.query(`LISTEN ${channel}`);
      this.client = client;
    } catch (error) {
      this.logger.warn({ err: error }, 'listening failed');
      await client.end().catch(() => undefined);
      this.reconnect();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }

  private reconnect(): void {
    this.client = undefined;
    if (this.stopped || this.retry) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.start();
    }, SECOND_MS);
  }
}
