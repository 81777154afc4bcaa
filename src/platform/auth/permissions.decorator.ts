import { Reflector } from '@nestjs/core';
import type { Permission } from '../../domain/permissions.js';

/** Anyone may call it: the guard looks for no credential. */
export const Public = Reflector.createDecorator<true | undefined>();

/** The permission that the caller needs. */
export const Requires = Reflector.createDecorator<Permission | undefined>();

/** What the caller needs beside it, where a route also makes or shows things of other kinds: else a narrow key would reach them. */
export const AlsoRequires = Reflector.createDecorator<readonly Permission[] | undefined>();

/** Any valid credential will do: for what concerns only the caller. */
export const SignedIn = Reflector.createDecorator<true | undefined>();
