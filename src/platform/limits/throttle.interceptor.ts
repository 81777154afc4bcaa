import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { Throttle } from './throttle.service.js';
import { Throttled } from './throttled.decorator.js';

/** Holds the routes with @Throttled to their limits, before any of their work. */
@Injectable()
export class ThrottleInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly throttle: Throttle,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const name = this.reflector.getAllAndOverride(Throttled, [context.getHandler(), context.getClass()]);
    if (name !== undefined) {
      const { ip, url } = context.switchToHttp().getRequest<FastifyRequest>();
      await this.throttle.use({ name, address: ip, path: url.split('?')[0] ?? '' });
    }
    return next.handle();
  }
}
