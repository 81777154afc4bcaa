/** How far into a page a `<meta charset>` is looked for. The standard's 1,024 bytes are a minimum; browsers go on. */
const PRESCAN_BYTES = 64 * 1024;

/** Text of an HTML page: charset by byte order mark, header, `<meta>`, else UTF-8 when it is that, else windows-1252. */
export function decodePage(bytes: Buffer, contentType: string): string {
  // no database text takes a NUL, and HTML parsers put the same sign in its place
  return decode(bytes, contentType).replaceAll('\0', '\ufffd');
}

function decode(bytes: Buffer, contentType: string): string {
  const declared = declaredCharset(bytes, contentType);
  if (declared) return new TextDecoder(declared).decode(bytes);
  try {
    // stream: a character cut in two at the size limit is no proof against UTF-8
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** @returns the WHATWG name of the encoding the page declares, if any (HTML standard, "determining the character encoding") */
export function declaredCharset(bytes: Buffer, contentType: string): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return encodingOf(charsetIn(contentType)) ?? prescan(bytes.toString('latin1', 0, PRESCAN_BYTES));
}

function encodingOf(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label.trim()).encoding;
  } catch {
    return undefined;
  }
}

function charsetIn(value: string): string | undefined {
  const [, double, single, bare] = /charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))/i.exec(value) ?? [];
  return double ?? single ?? bare;
}

const ATTRIBUTE = /[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)(?:"|$)|'([^']*)(?:'|$)|([^\t\n\f\r >]*)))?/y;

/** HTML standard, "prescan a byte stream to determine its encoding": knows comments and quoting, but no scripts. */
function prescan(text: string): string | undefined {
  let at = text.indexOf('<');
  while (at !== -1) {
    let end = at + 1;
    if (text.startsWith('<!--', at)) {
      const close = text.indexOf('-->', at + 2);
      if (close === -1) return undefined;
      end = close + 3;
    } else if (/^<\/?[a-z]/i.test(text.slice(at, at + 3))) {
      const name = /^<\/?[^\t\n\f\r />]*/.exec(text.slice(at, at + 64))?.[0] ?? '<';
      const tag = attributesFrom(text, at + name.length);
      if (!tag) return undefined;
      const charset = name.toLowerCase() === '<meta' ? metaCharset(tag.attributes) : undefined;
      if (charset) return charset;
      end = tag.end;
    } else if (/^<[!/?]/.test(text.slice(at, at + 2))) {
      end = text.indexOf('>', at);
      if (end === -1) return undefined;
    }
    at = text.indexOf('<', end);
  }
  return undefined;
}

function attributesFrom(text: string, start: number): { attributes: Map<string, string>; end: number } | undefined {
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = start;
  let end = start;
  for (let match = ATTRIBUTE.exec(text); match; match = ATTRIBUTE.exec(text)) {
    const [, name = '', double, single, bare] = match;
    end = ATTRIBUTE.lastIndex;
    if (!attributes.has(name.toLowerCase())) attributes.set(name.toLowerCase(), double ?? single ?? bare ?? '');
  }
  const close = text.indexOf('>', end);
  return close === -1 ? undefined : { attributes, end: close + 1 };
}

function metaCharset(attributes: ReadonlyMap<string, string>): string | undefined {
  const direct = attributes.get('charset');
  const byPragma = attributes.get('http-equiv')?.toLowerCase() === 'content-type' ? charsetIn(attributes.get('content') ?? '') : undefined;
  const encoding = encodingOf(direct ?? byPragma);
  // a page whose meta could be read is no UTF-16
  return encoding?.startsWith('utf-16') ? 'utf-8' : encoding;
}
