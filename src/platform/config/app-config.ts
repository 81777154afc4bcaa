import 'reflect-metadata';
import { plainToInstance, Transform, type TransformFnParams } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';
import { CidrList } from './cidr-list.decorator.js';
import { IsSmtpUrl } from './is-smtp-url.decorator.js';
import { mailIssuerProblems, oidcProblems } from './oidc-problems.js';

export const ROLES = ['api', 'worker'] as const;
export type Role = (typeof ROLES)[number];

const POSTGRES_PORT = 5432;

const list = ({ value }: TransformFnParams): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    : value;
const number = ({ value }: TransformFnParams): unknown => (typeof value === 'string' && value !== '' ? Number(value) : value);
const flag = ({ value }: TransformFnParams): unknown => (value === 'true' ? true : value === 'false' ? false : value);

/** Every setting of the product, read once from the environment. `.env.example` explains each. */
export class AppConfig {
  @Transform(number) @IsInt({ message: 'must be a whole number' }) @Min(0) @Max(65535) PORT = 3000;
  @IsString() @MaxLength(255) HOST = '0.0.0.0';
  @IsString() @MinLength(1) @MaxLength(1000) DATA_DIR = './data';
  @IsOptional() @IsString() @MaxLength(1000) RESTORE_GUARD_DIR?: string;
  @IsOptional() @Matches(/^postgres(ql)?:\/\//, { message: 'must start with postgres://' }) DATABASE_URL?: string;
  @IsOptional() @Matches(/^postgres(ql)?:\/\//, { message: 'must start with postgres://' }) DATABASE_DIRECT_URL?: string;
  @IsOptional() @Matches(/^postgres(ql)?:\/\//, { message: 'must start with postgres://' }) DATABASE_READ_URL?: string;
  @Transform(list) @ArrayNotEmpty() @IsIn(ROLES, { each: true, message: `must be of: ${ROLES.join(', ')}` }) ROLES: Role[] = [...ROLES];
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }, { message: 'must be an http(s) address' })
  PUBLIC_URL?: string;
  @IsOptional() @MinLength(32, { message: 'must have 32 characters or more' }) @MaxLength(200) SETUP_TOKEN?: string;
  @IsOptional()
  @Matches(/^[A-Za-z0-9+/]{43}=$/, { message: 'must be 32 random bytes in base64, as from: openssl rand -base64 32' })
  SECRET_KEY?: string;
  @Transform(list) @CidrList() FETCH_ALLOW_CIDRS: string[] = [];
  @Transform(list) @CidrList() MAIL_ALLOW_CIDRS: string[] = [];
  @Transform(list) @CidrList() TRUSTED_PROXIES: string[] = [];
  @Transform(list)
  @Matches(/^https?:\/\/[^/?#\s*]+$/, { each: true, message: 'must be origins such as https://app.example, without a path' })
  CORS_ORIGINS: string[] = [];
  @Transform(number) @IsInt({ message: 'must be a whole number' }) @Min(0) @Max(10_000_000) RATE_LIMIT_PER_MINUTE = 6000;
  @Transform(number) @IsInt({ message: 'must be a whole number' }) @Min(0) @Max(10_000_000) RATE_LIMIT_ANONYMOUS_PER_MINUTE = 600;
  @Transform(number) @IsInt({ message: 'must be a whole number' }) @Min(0) @Max(1_000_000) THROTTLE_PER_MINUTE = 30;
  @Transform(list) @IsString({ each: true }) DNS_SERVERS: string[] = [];
  @IsOptional() @IsSmtpUrl() SYSTEM_SMTP_URL?: string;
  @IsOptional()
  @MaxLength(320)
  @Matches(/^(?:[^<>@\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u, {
    message: 'must be an address, as in Linkwright <links@your-company.com>',
  })
  SYSTEM_MAIL_FROM?: string;
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }, { message: 'must be an http(s) address' })
  OIDC_ISSUER?: string;
  @IsOptional() @IsString() @MaxLength(500) OIDC_CLIENT_ID?: string;
  @IsOptional() @IsString() @MaxLength(2000) OIDC_CLIENT_SECRET?: string;
  @IsOptional() @IsString() @MaxLength(500) MAIL_GOOGLE_CLIENT_ID?: string;
  @IsOptional() @IsString() @MaxLength(2000) MAIL_GOOGLE_CLIENT_SECRET?: string;
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }, { message: 'must be an http(s) address' })
  MAIL_GOOGLE_ISSUER = 'https://accounts.google.com';
  @IsOptional() @IsString() @MaxLength(500) MAIL_MICROSOFT_CLIENT_ID?: string;
  @IsOptional() @IsString() @MaxLength(2000) MAIL_MICROSOFT_CLIENT_SECRET?: string;
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }, { message: 'must be an http(s) address' })
  MAIL_MICROSOFT_ISSUER = 'https://login.microsoftonline.com/common/v2.0';
  @Transform(number) @IsInt({ message: 'must be a whole number' }) @Min(1) @Max(20) MAILBOX_CONNECTIONS = 2;
  @Transform(number) @IsInt({ message: 'must be a whole number' }) @Min(1) @Max(1000) MAILBOXES_AT_ONCE = 64;
  @Transform(flag) @IsBoolean({ message: 'must be true or false' }) AUTO_MIGRATE = true;
  @Transform(flag) @IsBoolean({ message: 'must be true or false' }) SANDBOX = false;
  @IsOptional() @IsString() @MaxLength(1000) RENDER_CHROMIUM?: string;
  @IsOptional() @MinLength(16, { message: 'must have 16 characters or more' }) @MaxLength(200) METRICS_TOKEN?: string;
  @Transform(number) @IsInt({ message: 'must be a whole number' }) @Min(0) @Max(65535) METRICS_PORT = 0;
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']) LOG_LEVEL = 'info';

  /** Where people and prospects reach this installation; links in mail start with it. */
  get publicUrl(): string {
    return (this.PUBLIC_URL ?? `http://localhost:${this.PORT}`).replace(/\/$/, '');
  }

  /** Ports of the product itself and of its databases: nothing that a user names may lead to them, whatever the settings open. */
  get ownPorts(): readonly number[] {
    const databases = [this.DATABASE_URL, this.DATABASE_DIRECT_URL, this.DATABASE_READ_URL].flatMap((url) => {
      const parsed = url === undefined ? null : URL.parse(url);
      return parsed ? [parsed.port === '' ? POSTGRES_PORT : Number(parsed.port)] : [];
    });
    return [...new Set([this.PORT, ...(this.METRICS_PORT ? [this.METRICS_PORT] : []), ...databases])];
  }
}

/** The environment asks for something impossible. Names every wrong variable, never a value: some are secrets. */
export class InvalidConfig extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** @throws InvalidConfig with all problems at once. Empty variables count as absent. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): AppConfig {
  const known = Object.keys(describeConfig());
  const given: Partial<Record<string, string>> = {};
  for (const name of known) if (env[name]) given[name] = env[name];
  const config = plainToInstance(AppConfig, given);
  const problems = validateSync(config, { skipMissingProperties: false }).map(
    (error) =>
      `${error.property} ${Object.values(error.constraints ?? { wrong: 'is wrong' })
        .join(', ')
        .replaceAll(`${error.property} `, '')}`,
  );
  if (config.DATABASE_URL && !config.SECRET_KEY) {
    problems.push('SECRET_KEY is needed beside DATABASE_URL: every process must share it. Make one with: openssl rand -base64 32');
  }
  if (problems.length === 0) problems.push(...oidcProblems(config), ...mailIssuerProblems(config));
  if (problems.length > 0) throw new InvalidConfig(problems);
  return config;
}

/** Names of all settings; `.env.example` is compared with it. */
export function describeConfig(): Record<string, true> {
  const optional = [
    'DATABASE_URL',
    'DATABASE_DIRECT_URL',
    'DATABASE_READ_URL',
    'RESTORE_GUARD_DIR',
    'PUBLIC_URL',
    'SETUP_TOKEN',
    'SECRET_KEY',
    'SYSTEM_SMTP_URL',
    'SYSTEM_MAIL_FROM',
    'OIDC_ISSUER',
    'OIDC_CLIENT_ID',
    'OIDC_CLIENT_SECRET',
    'MAIL_GOOGLE_CLIENT_ID',
    'MAIL_GOOGLE_CLIENT_SECRET',
    'MAIL_MICROSOFT_CLIENT_ID',
    'MAIL_MICROSOFT_CLIENT_SECRET',
    'RENDER_CHROMIUM',
    'METRICS_TOKEN',
  ];
  return Object.fromEntries([...Object.keys(new AppConfig()), ...optional].map((name) => [name, true as const]));
}
