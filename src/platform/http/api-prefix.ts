export const API_PREFIX = 'api/v1';

/** Whether a request is for the API, and not for a page, a probe or the contract beside it. */
export function isApiUrl(url: string): boolean {
  return url.startsWith(`/${API_PREFIX}/`);
}
