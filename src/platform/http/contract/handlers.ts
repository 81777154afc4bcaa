import type { INestApplication, Type } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import type { Permission } from '../../../domain/permissions.js';
import type { ProblemCode } from '../../../domain/problem-catalogue.js';
import { Public, Requires } from '../../auth/permissions.decorator.js';
import { RecentLogin } from '../../auth/recent-login.guard.js';
import { VersionTellsAll } from '../etag.interceptor.js';
import { IMPLIED_SORTS, SORTS } from '../lists/filters.js';
import { PROBLEMS_KEY } from '../problems/problems.decorator.js';

/** What the decorators of a handler say, of that which the swagger module does not read. */
export interface HandlerFacts {
  readonly isPublic: boolean;
  readonly permission: Permission | undefined;
  /** Asks a person at the screen to show again who they are. */
  readonly recentLogin: boolean;
  readonly problems: readonly ProblemCode[];
  /** Answers 304 to who has the present version. */
  readonly notModified: boolean;
  /** How its list can be sorted, the first unless asked otherwise. */
  readonly sorts: readonly string[] | undefined;
}

/** How the swagger module names an operation until it gets its public name. */
export function handlerKey(controller: string, method: string): string {
  return `${controller}.${method}`;
}

/** Reads the facts of a handler by the key that its operation was given. */
export function readHandlers(app: INestApplication): (key: string) => HandlerFacts {
  const reflector = new Reflector();
  const controllers = new Map<string, Type>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) if (metatype) controllers.set(metatype.name, metatype as Type);
  }
  return (key) => {
    const [name = '', method = ''] = key.split('.');
    const controller = controllers.get(name);
    const handler: unknown = (controller?.prototype as Record<string, unknown> | undefined)?.[method];
    if (!controller || typeof handler !== 'function') throw new Error(`There is no handler ${key}.`);
    const targets: Parameters<typeof reflector.getAllAndOverride>[1] = [handler as () => unknown, controller];
    return {
      isPublic: reflector.getAllAndOverride(Public, targets) === true,
      recentLogin: reflector.getAllAndOverride(RecentLogin, targets) !== undefined,
      notModified: reflector.get(VersionTellsAll, handler as () => unknown) === true,
      sorts: reflector.get(SORTS, handler as () => unknown) ?? reflector.get(IMPLIED_SORTS, handler as () => unknown),
      permission: reflector.getAllAndOverride(Requires, targets),
      problems: reflector.getAllAndOverride<readonly ProblemCode[] | undefined>(PROBLEMS_KEY, targets) ?? [],
    };
  };
}
