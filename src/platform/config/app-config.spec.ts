import { InvalidConfig, readConfig } from './app-config.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof InvalidConfig) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toMatchObject({
      PORT: 3000,
      ROLES: ['api', 'worker'],
      FETCH_ALLOW_CIDRS: [],
      SANDBOX: false,
      publicUrl: 'http://localhost:3000',
    });
  });

  it('reads numbers, flags and lists, and leaves alone what is not its own', () => {
    const config = readConfig({
      PORT: '8080',
      SANDBOX: 'true',
      ROLES: 'worker',
      FETCH_ALLOW_CIDRS: '10.0.0.0/8, fd00::/8',
      PUBLIC_URL: 'https://links.example/',
      PATH: '/bin',
    });

    expect(config).toMatchObject({ PORT: 8080, SANDBOX: true, ROLES: ['worker'], FETCH_ALLOW_CIDRS: ['10.0.0.0/8', 'fd00::/8'] });
    expect(config.publicUrl).toBe('https://links.example');
    expect(config).not.toHaveProperty('PATH');
  });

  it('takes an empty variable for an absent one', () => {
    expect(readConfig({ PORT: '', SETUP_TOKEN: '', DATABASE_URL: '' })).toMatchObject({ PORT: 3000 });
  });

  it('names every wrong variable at once, and shows no value: some are secrets', () => {
    const env = {
      PORT: '70000',
      ROLES: 'api,cook',
      SETUP_TOKEN: 'too-short-secret',
      SECRET_KEY: 'not-base64-secret',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      FETCH_ALLOW_CIDRS: '10.0.0.0/99',
      SANDBOX: 'yes please',
      LOG_LEVEL: 'chatty',
    };

    const problems = problemsOf(env);

    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(Object.keys(env).sort());
    const told = new InvalidConfig(problems).message;
    for (const value of [...Object.values(env), 'hunter2']) expect(told).not.toContain(value);
  });

  it.each([
    ['PORT', '3000.5'],
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['ROLES', ','],
    ['PUBLIC_URL', 'links.example'],
    ['PUBLIC_URL', 'ftp://links.example'],
    ['SETUP_TOKEN', 'x'.repeat(31)],
    ['SECRET_KEY', Buffer.alloc(16).toString('base64')],
    ['DATABASE_DIRECT_URL', 'localhost:5432'],
    ['MAIL_ALLOW_CIDRS', '127.0.0.1'],
    ['TRUSTED_PROXIES', 'all'],
    ['AUTO_MIGRATE', '1'],
    ['SYSTEM_SMTP_URL', 'mail.example'],
    ['SYSTEM_SMTP_URL', 'smtp://a:%zz@mail.example'],
    ['SYSTEM_MAIL_FROM', 'Linkwright'],
    ['SYSTEM_MAIL_FROM', 'A <a@b.example> <c@d.example>'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.example/'],
    ['CORS_ORIGINS', 'https://app.example, app.example'],
    ['OWN_HOSTS', 'https://crm.internal'],
    ['RATE_LIMIT_PER_MINUTE', '-1'],
    ['RATE_LIMIT_ANONYMOUS_PER_MINUTE', '1.5'],
    ['THROTTLE_PER_MINUTE', 'many'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name} `)]);
  });

  it.each<[what: string, env: Record<string, string>, problems: RegExp[]]>([
    ['no issuer', { OIDC_CLIENT_ID: 'links' }, [/^OIDC_ISSUER is needed/]],
    ['no client', { OIDC_ISSUER: 'https://id.example' }, [/^OIDC_CLIENT_ID is needed/]],
    ['an issuer without TLS', { OIDC_ISSUER: 'http://id.example', OIDC_CLIENT_ID: 'links' }, [/^OIDC_ISSUER must start with https/]],
    ['an inner one', { OIDC_ISSUER: 'http://10.0.0.7', OIDC_CLIENT_ID: 'links' }, [/^OIDC_ISSUER must start with https/]],
    [
      'an inner one that is named',
      { OIDC_ISSUER: 'http://10.0.0.7:8080/realms/links', OIDC_CLIENT_ID: 'links', FETCH_ALLOW_CIDRS: 'fd00::/8,10.0.0.0/8' },
      [],
    ],
    ['one on this machine', { OIDC_ISSUER: 'http://127.0.0.1:8080', OIDC_CLIENT_ID: 'links' }, []],
    ['one with TLS', { OIDC_ISSUER: 'https://id.example/realms/links', OIDC_CLIENT_ID: 'links', OIDC_CLIENT_SECRET: 's' }, []],
  ])('checks single sign-on as a whole: %s', (_, env, problems) => {
    expect(problemsOf(env)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });

  it('wants a shared key beside a shared database', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://db/links' })).toEqual([expect.stringMatching(/^SECRET_KEY is needed beside DATABASE_URL/)]);
    expect(problemsOf({ DATABASE_URL: 'postgres://db/links', SECRET_KEY: KEY })).toEqual([]);
  });

  it.each([
    ['the default ports', {}, [3000]],
    ['a port in the address', { PORT: '8080', DATABASE_URL: 'postgres://db.example:6432/links' }, [8080, 6432]],
    ['no port in the address', { DATABASE_URL: 'postgres://db.example/links' }, [3000, 5432]],
    [
      'three databases',
      { DATABASE_URL: 'postgres://a:6432/x', DATABASE_DIRECT_URL: 'postgres://a:5432/x', DATABASE_READ_URL: 'postgres://b:5432/x' },
      [3000, 6432, 5432],
    ],
  ])('knows its own ports and those of its databases: %s', (_, env, ports) => {
    expect(readConfig({ SECRET_KEY: KEY, ...env }).ownPorts).toEqual(ports);
  });
});
