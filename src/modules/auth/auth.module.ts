import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '../../platform/auth/auth.guard.js';
import { TokenVerifier } from '../../platform/auth/token-verifier.js';
import { StoredTokenVerifier } from './token-verifier.service.js';

@Module({
  providers: [StoredTokenVerifier, { provide: TokenVerifier, useExisting: StoredTokenVerifier }, { provide: APP_GUARD, useClass: AuthGuard }],
})
export class AuthModule {}
