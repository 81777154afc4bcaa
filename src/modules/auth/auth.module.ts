import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '../../platform/auth/auth.guard.js';
import { OidcClient } from '../../platform/auth/oidc-client.js';
import { LoginProofs, RecentLoginGuard } from '../../platform/auth/recent-login.guard.js';
import { TokenVerifier } from '../../platform/auth/token-verifier.js';
import { describeConstraints } from '../../platform/http/problems/constraint-problems.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeys } from './api-keys/api-keys.service.js';
import { AuthController } from './login/auth.controller.js';
import { InvitationAcceptanceController } from './invitations/invitation-acceptance.controller.js';
import { InvitationAcceptance } from './invitations/invitation-acceptance.service.js';
import { InvitationsController } from './invitations/invitations.controller.js';
import { Invitations } from './invitations/invitations.service.js';
import { MembershipEnd } from './invitations/membership-end.service.js';
import { OwnAccountController } from './passwords/own-account.controller.js';
import { OwnAccount } from './passwords/own-account.service.js';
import { PasswordChanges } from './passwords/password-changes.service.js';
import { PasswordReset } from './passwords/password-reset.service.js';
import { Identities } from './single-sign-on/identities.service.js';
import { LoginThrottle } from './login/login-throttle.service.js';
import { Logins } from './login/logins.service.js';
import { OidcFlows } from './single-sign-on/oidc-flows.service.js';
import { OidcController } from './single-sign-on/oidc.controller.js';
import { Profile } from './login/profile.service.js';
import { ResetLinks } from './passwords/reset-links.service.js';
import { SecondFactors } from './second-factor/second-factors.service.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { PresentRights } from './sessions/present-rights.service.js';
import { Sessions } from './sessions/sessions.service.js';
import { SetupToken } from './login/setup-token.service.js';
import { Setup } from './login/setup.service.js';
import { SingleSignOn } from './single-sign-on/single-sign-on.service.js';
import { StoredTokenVerifier } from './sessions/token-verifier.service.js';
import { TotpController } from './second-factor/totp.controller.js';
import { Users } from './sessions/users.service.js';

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
    PresentRights,
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
