import { domainOf, normaliseEmail } from './email-address.js';
import { isFreeMail } from './free-mail.js';

const LABEL = 'a'.repeat(63);

describe('normaliseEmail', () => {
  it.each([
    ['lower case everywhere', 'Editor@Example.COM', 'editor@example.com'],
    ['without space around', '  editor@example.com\r\n', 'editor@example.com'],
    ['with a tag and all signs of RFC 5321', "a.b+c!#$%&'*/=?^_`{|}~-@example.com", "a.b+c!#$%&'*/=?^_`{|}~-@example.com"],
    ['with an international domain in punycode', 'info@Bücher.example', 'info@xn--bcher-kva.example'],
    ['the same for both spellings of an umlaut', 'info@Bu\u0308cher.example', 'info@xn--bcher-kva.example'],
    ['with a punycode end', 'a@example.xn--p1ai', 'a@example.xn--p1ai'],
    ['with a local part of 64', `${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
    ['with a label of 63', `a@${LABEL}.com`, `a@${LABEL}.com`],
  ] as const)('gives the key %s', (_, typed, key) => {
    expect(normaliseEmail(typed)).toBe(key);
  });

  it.each([
    ['no @', 'example.com'],
    ['nothing before the @', '@example.com'],
    ['nothing after the @', 'editor@'],
    ['two @', 'a@b@example.com'],
    ['a dot in front', '.editor@example.com'],
    ['a dot at the end of the local part', 'editor.@example.com'],
    ['two dots', 'edi..tor@example.com'],
    ['space inside', 'edi tor@example.com'],
    ['a line break inside', 'editor@example.com\nbcc:x@example.com'],
    ['a comma', 'a@example.com,b@example.com'],
    ['a display name', 'Editor <editor@example.com>'],
    ['a quoted local part', '"edi tor"@example.com'],
    ['a comment', 'editor(news)@example.com'],
    ['an address literal', 'editor@[192.0.2.1]'],
    ['an IP address', 'editor@192.0.2.1'],
    ['a number that a URL takes for an IP address', 'editor@0x7f.1'],
    ['one label', 'editor@localhost'],
    ['a dot at the end', 'editor@example.com.'],
    ['a hyphen at the end of a label', 'editor@example-.com'],
    ['an underscore in the domain', 'editor@exam_ple.com'],
    ['a port', 'editor@example.com:25'],
    ['full-width letters', 'editor@ｇｍａｉｌ.com'],
    ['an umlaut in the local part', 'müller@example.com'],
    ['a local part of 65', `${'a'.repeat(65)}@example.com`],
    ['a label of 64', `a@${'a'.repeat(64)}.com`],
    ['more than 254 characters', `a@${LABEL}.${LABEL}.${LABEL}.${LABEL}.com`],
    ['a NUL', 'edi\0tor@example.com'],
    ['a lone surrogate', 'editor@exa\ud800mple.com'],
  ] as const)('refuses %s', (_, typed) => {
    expect(normaliseEmail(typed)).toBeUndefined();
  });

  it('refuses a megabyte at once', () => {
    expect(normaliseEmail(`${'a.'.repeat(500_000)}@example.com`)).toBeUndefined();
  });

  it('gives the same key when applied to a key', () => {
    expect(normaliseEmail('info@xn--bcher-kva.example')).toBe('info@xn--bcher-kva.example');
  });
});

it('knows the domain of an address', () => {
  expect(domainOf('editor@news.example.com')).toBe('news.example.com');
});

describe('isFreeMail', () => {
  it.each(['gmail.com', 'yahoo.fr', 'yahoo.co.uk', 'hotmail.com', 'outlook.com.br', 'gmx.at', 'web.de', 'proton.me', 'icloud.com'])(
    'knows %s',
    (domain) => {
      expect(isFreeMail(domain)).toBe(true);
    },
  );

  it.each(['example.com', 'yahoo.example.com', 'notgmail.com', 'gmail.com.example.org', 'live.example'])('does not take %s for one', (domain) => {
    expect(isFreeMail(domain)).toBe(false);
  });
});
