import type { LoggerService } from '@nestjs/common';

/** Nest's own account of wiring itself up: of use to its developers, noise to whoever runs the product. */
const CHATTER = ['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication'];

/** Passes everything on, Nest's start-up talk as debug. */
export class QuietStart implements LoggerService {
  constructor(private readonly to: Required<Pick<LoggerService, 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal'>>) {}

  log(message: unknown, ...rest: unknown[]): void {
    if (CHATTER.includes(String(rest.at(-1)))) this.to.debug(message, ...rest);
    else this.to.log(message, ...rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.to.error(message, ...rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.to.warn(message, ...rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.to.debug(message, ...rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.to.verbose(message, ...rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.to.fatal(message, ...rest);
  }
}
