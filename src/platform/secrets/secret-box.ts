import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const VERSION = 'v1';
/** All of it: Node would take a tag cut down to four bytes, which can be guessed. */
const TAG = { authTagLength: 16 };

/** The stored text was not sealed by this key, or was altered. */
export class WrongSecretKey extends Error {
  constructor() {
    super('SECRET_KEY does not open what this database holds. Set the key that the installation was made with.');
  }
}

/** Seals secrets for the database with AES-256-GCM under SECRET_KEY. */
export class SecretBox {
  private readonly key: Buffer;

  /** @param secretKey 32 bytes in base64 */
  constructor(secretKey: string) {
    this.key = Buffer.from(hkdfSync('sha256', Buffer.from(secretKey, 'base64'), '', 'linkwright secrets at rest', 32));
  }

  /** @param context what the secret belongs to, such as `mailbox.smtp:<id>`; a sealed text does not open anywhere else */
  seal(plain: string, context: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce, TAG).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return [VERSION, nonce.toString('base64url'), sealed.toString('base64url'), cipher.getAuthTag().toString('base64url')].join('.');
  }

  /** @throws WrongSecretKey */
  open(sealed: string, context: string): string {
    const [version, nonce, body, tag] = sealed.split('.');
    if (version !== VERSION || nonce === undefined || body === undefined || tag === undefined) throw new WrongSecretKey();
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, Buffer.from(nonce, 'base64url'), TAG).setAAD(Buffer.from(context));
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString('utf8');
    } catch {
      throw new WrongSecretKey();
    }
  }
}

/** Signs links and Message-IDs with the installation's own key, which outlives every rotation of SECRET_KEY. */
export class LinkSigner {
  constructor(private readonly key: Buffer) {}

  /** HMAC-SHA256, url-safe; `purpose` keeps one kind of token from passing as another. */
  sign(purpose: string, text: string): string {
    return createHmac('sha256', this.key).update(`${purpose}\n${text}`).digest('base64url');
  }

  verify(purpose: string, text: string, signature: string): boolean {
    const expected = Buffer.from(this.sign(purpose, text));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }
}
