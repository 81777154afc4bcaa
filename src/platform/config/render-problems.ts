/** What opens the database, the mail accounts or the product itself. */
const SECRETS = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_READ_URL',
  'SECRET_KEY',
  'SETUP_TOKEN',
  'SYSTEM_SMTP_URL',
  'OIDC_CLIENT_SECRET',
  'MAIL_GOOGLE_CLIENT_SECRET',
  'MAIL_MICROSOFT_CLIENT_SECRET',
  'METRICS_TOKEN',
] as const;

type Settings = Partial<Record<(typeof SECRETS)[number] | 'RENDER_CHROMIUM' | 'RENDER_URL' | 'RENDER_TOKEN', string>> & {
  readonly ROLES: readonly string[];
};

/** A process that runs the scripts of strangers must hold nothing that is worth stealing, in its environment too. */
export function renderProblems(config: Settings): readonly string[] {
  if (!config.ROLES.includes('render')) {
    const asks = config.RENDER_URL !== undefined && config.RENDER_TOKEN === undefined;
    return asks ? ['RENDER_TOKEN is needed beside RENDER_URL: the process with ROLES=render has the same'] : [];
  }
  return [
    ...(config.ROLES.length > 1 ? ['ROLES=render stands alone: pages are rendered in a process of their own'] : []),
    ...(['RENDER_CHROMIUM', 'RENDER_TOKEN'] as const).flatMap((name) => (config[name] === undefined ? [`${name} is needed with ROLES=render`] : [])),
    ...SECRETS.flatMap((name) => (config[name] === undefined ? [] : [`${name} must not be given to a process with ROLES=render`])),
  ];
}
