import { generateKeyPairSync } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { headerOf } from '../support/misbehaving-smtp.js';
import { sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const pem = (key: ReturnType<typeof rsa>['privateKey']): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const { privateKey, publicKey } = rsa(2048);
const DKIM = { selector: 'mail2026', privateKey: pem(privateKey) };

/** As a receiver judges it: another implementation of RFC 6376, with the DNS that the team would publish. */
async function judge(raw: string) {
  const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
  const { results } = await dkimVerify(Buffer.from(raw, 'latin1'), {
    resolver: (name, type) => Promise.resolve(name === 'mail2026._domainkey.shop.example' && type === 'TXT' ? [[record]] : []),
  });
  return results;
}

describe('the key of a mailbox', () => {
  const api = () => world.test.as(world.test.owner.key);
  const signing = async (change: object = { dkim: DKIM }) => {
    const mail = await world.planned();
    const { body } = await api().patch(`/mailboxes/${mail.mailboxId}`, change, '*').expect(200);
    return { ...mail, body };
  };

  it('signs what leaves, both headers of the opt-out included, so that a receiver finds it right', async () => {
    const { body } = await signing();
    await world.test.run('send');

    const raw = world.sink.stored[0]?.raw ?? '';
    const [result, ...more] = await judge(raw);
    expect(body.dkim).toEqual({ selector: 'mail2026', domain: 'shop.example' });
    expect(JSON.stringify(body)).not.toMatch(/PRIVATE|ealed/);
    expect(result).toMatchObject({ status: { result: 'pass', aligned: 'shop.example' }, selector: 'mail2026', signingDomain: 'shop.example' });
    expect(result?.signingHeaders?.keys.toLowerCase().split(': ')).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'list-unsubscribe', 'list-unsubscribe-post']),
    );
    expect(more).toEqual([]);
  });

  it('no longer fits once a relay changes the way out', async () => {
    await signing();
    await world.test.run('send');

    const raw = (world.sink.stored[0]?.raw ?? '').replace('List-Unsubscribe-Post: List-Unsubscribe=One-Click', 'List-Unsubscribe-Post: no');
    expect((await judge(raw))[0]?.status.result).toBe('fail');
  });

  it('signs a mail whose opt-out header a relay has folded', async () => {
    await signing();
    await world.test.run('send');

    const raw = (world.sink.stored[0]?.raw ?? '').replace('\r\nList-Unsubscribe: <', '\r\nList-Unsubscribe:\r\n <');
    expect(raw).toContain('List-Unsubscribe:\r\n <');
    expect((await judge(raw))[0]?.status.result).toBe('pass');
  });

  it('signs mail of its own domain only, and goes when the mailbox moves to another', async () => {
    const mail = await world.planned({ message: { fromAddress: 'ann@old-shop.example' } });
    await api().patch(`/mailboxes/${mail.mailboxId}`, { dkim: DKIM }, '*').expect(200);
    await world.test.run('send');
    const moved = await api().patch(`/mailboxes/${mail.mailboxId}`, { fromAddress: 'ann@new-shop.example' }, '*').expect(200);

    expect(headerOf(world.sink.stored[0]?.raw ?? '')).not.toMatch(/^DKIM-Signature/m);
    expect(moved.body.dkim).toBeNull();
  });

  it('is taken away by null', async () => {
    const { mailboxId } = await signing();
    const { body } = await api().patch(`/mailboxes/${mailboxId}`, { dkim: null }, '*').expect(200);
    await world.test.run('send');

    expect(body.dkim).toBeNull();
    expect(headerOf(world.sink.stored[0]?.raw ?? '')).not.toMatch(/^DKIM-Signature/m);
  });

  it.each<[string, string]>([
    ['no PEM', 'a key'],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['an Ed25519 key, which would send unsigned', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['a key of 512 bits', pem(rsa(512).privateKey)],
    ['a key behind a passphrase', privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'tea' }).toString()],
  ])('is refused when it is %s', async (_, key) => {
    const { mailboxId } = await world.planned();

    const { body } = await api()
      .patch(`/mailboxes/${mailboxId}`, { dkim: { selector: 'a', privateKey: key } }, '*')
      .expect(422);

    expect(body).toMatchObject({ code: 'dkim_key_unusable', errors: [{ pointer: '/dkim/privateKey' }] });
    expect(JSON.stringify(body)).not.toContain('PRIVATE');
  });

  it.each(['', 'two words', 'a..b', '-a', 'a\nb', 'a'.repeat(64)])('has a selector that is a name in the DNS, not %j', async (selector) => {
    const { mailboxId } = await world.planned();

    const { body } = await api()
      .patch(`/mailboxes/${mailboxId}`, { dkim: { ...DKIM, selector } }, '*')
      .expect(400);

    expect(body.errors[0].pointer).toBe('/dkim/selector');
  });
});
