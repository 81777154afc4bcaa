import type { Method } from './shapes.js';

/** Addresses in mails are short; their names are not. */
const IN_FULL: Readonly<Record<string, string>> = { r: 'report-page', u: 'unsubscribe-page' };

const VERBS: Readonly<Record<Method, string>> = { get: 'get', post: 'create', put: 'replace', patch: 'update', delete: 'delete' };

/**
 * The public name of an operation, made of nothing but its address, so that it stays when code moves:
 * `GET /prospects` listProspects, `POST /prospects/{id}/contacts` createProspectContact, `POST /campaigns/{id}/start` startCampaign,
 * `POST /enrollments/bulk` bulkEnrollments, `POST /auth/login` authLogin.
 * @param isList  whether the answer is a page of things
 */
export function operationName(method: Method, path: string, isList: boolean): string {
  const segments = path
    .replace(/^\/api\/v\d+/, '')
    .split('/')
    .filter(Boolean)
    .map((segment) => IN_FULL[segment] ?? segment);
  const words = segments.filter((segment) => !isParameter(segment));
  const last = words.at(-1) ?? '';
  const owners = words.slice(0, -1);
  const named = isParameter(segments.at(-1) ?? '');
  if (method === 'post' && named) return `use${[...owners, last].map((word) => pascal(singular(word))).join('')}`;
  if (method === 'post' && !isPlural(last)) return actionName(owners, last, isParameter(segments.at(-2) ?? ''));
  const owner = owners.map((word) => pascal(singular(word))).join('');
  if (isList) return `list${owner}${pascal(last)}`;
  return `${VERBS[method]}${owner}${pascal(named || method === 'post' ? singular(last) : last)}`;
}

/** `start` on one campaign, `bulk` on the enrollments, `login` under auth, which is nothing that one could log in. */
function actionName(owners: readonly string[], action: string, onOne: boolean): string {
  if (onOne) return camel(action) + owners.map((word) => pascal(singular(word))).join('');
  return isPlural(owners.at(-1) ?? '') ? camel(action) + owners.map(pascal).join('') : camel([...owners, action].join('-'));
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}

function isPlural(word: string): boolean {
  return singular(word) !== word;
}

export function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|x)es$/.test(word)) return word.slice(0, -2);
  return /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

function camel(word: string): string {
  return word.replaceAll(/[-.](\w)/g, (_, letter: string) => letter.toUpperCase());
}

function pascal(word: string): string {
  const name = camel(word);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
