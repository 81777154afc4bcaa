import { Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Conflict, Unauthorized } from '../../domain/errors.js';
import { Clock } from '../../platform/clock.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { LinkSigner } from '../../platform/secrets/secret-box.js';
import { Workspaces } from '../workspaces/workspaces.service.js';
import type { SetupRequest } from './auth.dto.js';
import { hashToken } from './credentials.js';
import { hashPassword } from './passwords.js';
import { type Login, Sessions } from './sessions.service.js';
import { Users } from './users.service.js';

/** The first owner of an empty installation; works once. */
@Injectable()
export class Setup {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly signer: LinkSigner,
    private readonly people: { readonly users: Users; readonly sessions: Sessions; readonly workspaces: Workspaces },
  ) {}
}
