import { LinkSigner, SecretBox, WrongSecretKey } from './secret-box.js';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');

describe('SecretBox', () => {
  const box = new SecretBox(KEY);

  it.each(['', 'hunter2', 'tëa 🍵'])('opens what it sealed: %j', (secret) => {
    const sealed = box.seal(secret, 'mailbox.smtp:1');

    expect(box.open(sealed, 'mailbox.smtp:1')).toBe(secret);
    if (secret !== '') expect(sealed).not.toContain(secret);
  });

  it('seals the same secret differently each time', () => {
    expect(box.seal('hunter2', 'a')).not.toBe(box.seal('hunter2', 'a'));
  });

  it('opens in another process with the same key', () => {
    expect(new SecretBox(KEY).open(box.seal('hunter2', 'a'), 'a')).toBe('hunter2');
  });

  const flip = (sealed: string, part: number): string =>
    sealed
      .split('.')
      .map((text, at) => (at === part ? `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}` : text))
      .join('.');

  it.each<[what: string, open: (sealed: string) => string]>([
    ['another key', (sealed) => new SecretBox(OTHER).open(sealed, 'a')],
    ['another context', (sealed) => box.open(sealed, 'b')],
    ['an altered nonce', (sealed) => box.open(flip(sealed, 1), 'a')],
    ['an altered text', (sealed) => box.open(flip(sealed, 2), 'a')],
    ['an altered tag', (sealed) => box.open(flip(sealed, 3), 'a')],
    ['a shortened tag', (sealed) => box.open(sealed.slice(0, -16), 'a')],
    ['an unknown version', (sealed) => box.open(sealed.replace('v1.', 'v2.'), 'a')],
    ['a text that was never sealed', () => box.open('hunter2', 'a')],
  ])('refuses %s', (_, open) => {
    expect(() => open(box.seal('hunter2', 'a'))).toThrow(WrongSecretKey);
  });
});

describe('LinkSigner', () => {
  const signer = new LinkSigner(Buffer.alloc(32, 3));

  it('knows its own signature, for its purpose and text only', () => {
    const signature = signer.sign('unsubscribe', 'contact-1');

    expect(signer.verify('unsubscribe', 'contact-1', signature)).toBe(true);
    expect(signer.verify('report', 'contact-1', signature)).toBe(false);
    expect(signer.verify('unsubscribe', 'contact-2', signature)).toBe(false);
    expect(signer.verify('unsubscribe', 'contact-1', signature.slice(1))).toBe(false);
    expect(new LinkSigner(Buffer.alloc(32, 4)).verify('unsubscribe', 'contact-1', signature)).toBe(false);
  });
});
