import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '../../platform/auth/auth.guard.js';
import { OidcClient } from '../../platform/auth/oidc-client.js';
import { LoginProofs, RecentLoginGuard } from '../../platform/auth/recent-login.guard.js';
import { TokenVerifier } from '../../platform/auth/token-verifier.js';
import { describeConstraints } from '../../platform/http/constraint-problems.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeys } from './api-keys.service.js';
import { AuthController } from './auth.controller.js';
import { InvitationAcceptanceController } from './invitation-acceptance.controller.js';
import { InvitationAcceptance } from './invitation-acceptance.service.js';
import { InvitationsController } from './invitations.controller.js';
import { Invitations } from './invitations.service.js';
import { MembershipEnd } from './membership-end.service.js';
import { OwnAccountController } from './own-account.controller.js';
import { OwnAccount } from './own-account.service.js';
import { PasswordChanges } from './password-changes.service.js';
import { PasswordReset } from './password-reset.service.js';
import { Identities } from './identities.service.js';
import { LoginThrottle } from './login-throttle.service.js';
import { Logins } from './logins.service.js';
import { OidcFlows } from './oidc-flows.service.js';
import { OidcController } from './oidc.controller.js';
import { Profile } from './profile.service.js';
import { ResetLinks } from './reset-links.service.js';
import { SecondFactors } from './second-factors.service.js';
import { SessionsController } from './sessions.controller.js';
import { Sessions } from './sessions.service.js';
import { SetupToken } from './setup-token.service.js';
import { Setup } from './setup.service.js';
import { SingleSignOn } from './single-sign-on.service.js';
import { StoredTokenVerifier } from './token-verifier.service.js';
import { TotpController } from './totp.controller.js';
import { Users } from './users.service.js';

describeConstraints({
  users_email_key: { status: 409, code: 'email_taken', detail: 'There is a user with this address already.' },
  members_user_key: { status: 409, code: 'already_member', detail: 'You belong to this workspace already.' },
});

@Module({
  imports: [WorkspacesModule],
  controllers: [
    AuthController,
    SessionsController,
    TotpController,
    OidcController,
    ApiKeysController,
    InvitationsController,
    InvitationAcceptanceController,
    OwnAccountController,
  ],
  providers: [
    StoredTokenVerifier,
    { provide: TokenVerifier, useExisting: StoredTokenVerifier },
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_GUARD, useClass: RecentLoginGuard },
    { provide: LoginProofs, useExisting: Sessions },
    Users,
    Sessions,
    LoginThrottle,
    SecondFactors,
    Logins,
    OidcClient,
    OidcFlows,
    Identities,
    SingleSignOn,
    SetupToken,
    Setup,
    Profile,
    ApiKeys,
    MembershipEnd,
    Invitations,
    InvitationAcceptance,
    ResetLinks,
    PasswordReset,
    PasswordChanges,
    OwnAccount,
  ],
  exports: [Users, Setup, ApiKeys, SecondFactors, Identities, TokenVerifier],
})
export class AuthModule {}
