/** Whether a body, which nothing has checked yet, brings a password of a mail server or takes one away. */
export function bringsMailSecret(body: unknown): boolean {
  return isObject(body) && [body['smtp'], body['imap']].some((server) => isObject(server) && server['password'] !== undefined);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
