import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppConfig } from '../config/app-config.js';
import { PreparingClient } from './preparing-client.js';
import { SnakeNaming } from './snake-naming.js';

/** The one pool of a process. Entities register themselves through `TypeOrmModule.forFeature`. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [AppConfig],
      useFactory: (config: AppConfig) => ({
        type: 'postgres',
        url: requireUrl(config),
        autoLoadEntities: true,
        synchronize: false,
        migrationsRun: false,
        logging: false,
        namingStrategy: new SnakeNaming(),
        applicationName: 'linkwright',
        poolSize: 20,
        retryAttempts: 5,
        retryDelay: 500,
        parseInt8: true,
        extra: {
          statement_timeout: 30_000,
          idle_in_transaction_session_timeout: 60_000,
          // a direct address beside the usual one says that the usual one leads to a pooler
          ...(config.DATABASE_DIRECT_URL === undefined && { Client: PreparingClient }),
        },
      }),
    }),
  ],
})
export class DatabaseModule {}

function requireUrl(config: AppConfig): string {
  if (!config.DATABASE_URL) throw new Error('DATABASE_URL is not known yet: bootstrap starts the embedded database first.');
  return config.DATABASE_URL;
}
