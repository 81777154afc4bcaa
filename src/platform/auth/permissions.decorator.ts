import { Reflector } from '@nestjs/core';
import type { Permission } from '../../domain/permissions.js';

/** Anyone may call it: the guard looks for no credential. */
export const Public = Reflector.createDecorator<true | undefined>();

/** The one permission that the caller needs. */
export const Requires = Reflector.createDecorator<Permission | undefined>();

/** Any valid credential will do: for what concerns only the caller. */
export const SignedIn = Reflector.createDecorator<true | undefined>();
