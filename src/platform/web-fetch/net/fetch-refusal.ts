/** The address is not one that the product connects to. Says no address: the text may reach the person who named the URL. */
export class TargetNotPublic extends Error {
  constructor(host: string) {
    super(`${host} is not on the public internet.`);
  }
}

export class NameNotResolved extends Error {
  constructor(host: string, options?: ErrorOptions) {
    super(`The name ${host} does not resolve.`, options);
  }
}

/** Our own patience ran out. */
export class TookTooLong extends Error {
  constructor(what: string) {
    super(`${what} took too long.`);
  }
}

/** The host asked us not to come before some time, which is not over. */
export class HostAtRest extends Error {
  constructor(host: string) {
    super(`${host} asked not to be visited yet.`);
  }
}

/** @throws TargetNotPublic for what `fetchableUrl` does not take */
export function checkedUrl(url: string, base?: string): URL {
  const parsed = fetchableUrl(url, base);
  if (!parsed) throw new TargetNotPublic('This URL');
  return parsed;
}

/** An http(s) URL without credentials, or nothing. */
export function fetchableUrl(url: string, base?: string): URL | undefined {
  const parsed = URL.parse(url, base);
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return undefined;
  return parsed.username === '' && parsed.password === '' && parsed.hostname !== '' ? parsed : undefined;
}
