/** Whether a body, which nothing has checked yet, brings a password of a mail server or a key to sign with, or takes one away. */
export function bringsMailSecret(body: unknown): boolean {
  if (!isObject(body)) return false;
  return body['dkim'] !== undefined || [body['smtp'], body['imap']].some((server) => isObject(server) && server['password'] !== undefined);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
