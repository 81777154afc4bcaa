import { readConfig } from '../config/app-config.js';
import { userAgentOf } from './web-fetch.module.js';

const config = (env: Record<string, string>) => readConfig({ SECRET_KEY: `${'A'.repeat(43)}=`, ...env });

describe('the fetcher of an installation', () => {
  it('says who it is and where it is reached', () => {
    expect(userAgentOf(config({ PUBLIC_URL: 'https://links.example/' }))).toBe('Linkwright (+https://links.example)');
  });
});
