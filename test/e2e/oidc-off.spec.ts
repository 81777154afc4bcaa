import { Browser } from '../support/browser.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { createTestApp } from '../support/test-app.js';

describe('single sign-on without a provider', () => {
  it('says that single sign-on is off', async () => {
    const test = await createTestApp();
    const browser = new Browser(test.url);
    await browser.logIn(test.owner.email).expect(200);

    expect((await browser.get('/auth/oidc').expect(200)).body).toEqual({ enabled: false });
    expect((await browser.get('/auth/oidc/login').expect(409)).body.code).toBe('oidc_off');
    expect((await browser.post('/auth/oidc/link').expect(409)).body.code).toBe('oidc_off');
    expect((await browser.get('/auth/oidc/callback?code=x').expect(401)).body.code).toBe('oidc_flow_expired');
    await test.close();
  });

  it('says that the provider does not answer', async () => {
    const provider = await IdentityProvider.start([]);
    await provider.stop();
    const test = await createTestApp({ env: { OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: 'links' } });

    const response = await new Browser(test.url).get('/auth/oidc/login').expect(503);

    expect([response.body.code, response.headers['retry-after']]).toEqual(['oidc_unavailable', '10']);
    await test.close();
  });
});
