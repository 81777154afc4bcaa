import { Reflector } from '@nestjs/core';
import type { Permission } from '../../domain/permissions.js';

/** Anyone may call it: the guard looks for no credential. */
export const Public = Reflector.createDecorator<true | undefined>();

/** The one permission that the caller needs. */
export const Requires = Reflector.createDecorator<Permission | undefined>();
