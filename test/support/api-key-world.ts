import type { Role } from '../../src/domain/permissions.js';
import { StoredTokenVerifier } from '../../src/modules/auth/sessions/token-verifier.service.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { hashToken } from '../../src/platform/secrets/tokens.js';
import { Browser } from './browser.js';
import { makeMember, type TestApp } from './test-app.js';

/** What the maker of a key is shown. */
export interface ShownKey {
  readonly id: string;
  readonly key: string;
  readonly version: number;
  readonly prefix: string;
}

export interface Colleague {
  readonly browser: Browser;
  readonly memberId: string;
}

/** Made over HTTP by whoever is logged in; for everything they may do unless `body` says otherwise. */
export async function makeShownKey(by: Browser, body: object = {}): Promise<ShownKey> {
  const response = await by.post('/api-keys', { name: 'a key', scopes: ['*'], ...body }).expect(201);
  return response.body as ShownKey;
}

/** Whom a process takes the key for that has not met it for three seconds. */
export function actorOfKey(test: TestApp, key: string): Promise<Actor | undefined> {
  const verifier = test.app.get(StoredTokenVerifier);
  verifier.forget(hashToken(key));
  return verifier.verifyBearer(key);
}

/** Another member of the owner's workspace, who has just logged in. */
export async function colleague(test: TestApp, role: Role, projectIds: string[] | null = null): Promise<Colleague> {
  const { email, memberId } = await makeMember(test.db, test.owner.workspaceId, role, test.clock.now());
  await test.db.query('UPDATE members SET project_ids = $3 WHERE workspace_id = $1 AND id = $2', [test.owner.workspaceId, memberId, projectIds]);
  const browser = new Browser(test.url);
  await browser.logIn(email).expect(200);
  return { browser, memberId };
}
