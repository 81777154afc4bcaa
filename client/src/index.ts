import type { components } from './schema.js';

export type { components, paths } from './schema.js';
export type Schemas = components['schemas'];
export { type ClientOptions, createLinkwrightClient, ifMatch, type LinkwrightClient } from './client.js';
export type { ItemOf, ListParams, ListPath } from './pages.js';
export { type AnyProblemCode, ApiProblem, type Problem, type ProblemCode } from './problem.js';
export type { Fetch, RetryOptions } from './retry.js';
