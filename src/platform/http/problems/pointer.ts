/** RFC 6901: `/contacts/0/email`; the empty pointer is the whole body. */
export function bodyPointer(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** `{id}`: the name in the path, as openapi.json writes it. */
export function pathPointer([name = '']: readonly string[]): string {
  return `{${name}}`;
}

/** `?limit`, or `?filter[createdAt][gte]` for what stands inside a parameter. */
export function queryPointer(path: readonly string[]): string {
  const [parameter = '', ...inner] = path;
  return `?${parameter}${inner.map((name) => `[${name}]`).join('')}`;
}
