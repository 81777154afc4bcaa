import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '../../platform/auth/auth.guard.js';
import { TokenVerifier } from '../../platform/auth/token-verifier.js';
import { describeConstraints } from '../../platform/http/constraint-problems.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeys } from './api-keys.service.js';
import { AuthController } from './auth.controller.js';
import { Profile } from './profile.service.js';
import { Sessions } from './sessions.service.js';
import { SetupToken } from './setup-token.service.js';
import { Setup } from './setup.service.js';
import { StoredTokenVerifier } from './token-verifier.service.js';
import { Users } from './users.service.js';

describeConstraints({ users_email_key: { status: 409, code: 'email_taken', detail: 'There is a user with this address already.' } });

@Module({
  imports: [WorkspacesModule],
  controllers: [AuthController, ApiKeysController],
  providers: [
    StoredTokenVerifier,
    { provide: TokenVerifier, useExisting: StoredTokenVerifier },
    { provide: APP_GUARD, useClass: AuthGuard },
    Users,
    Sessions,
    SetupToken,
    Setup,
    Profile,
    ApiKeys,
  ],
  exports: [Users, Setup, ApiKeys, TokenVerifier],
})
export class AuthModule {}
