/** Providers where anyone opens a mailbox: such a domain says nothing about the site or the firm behind it (F6). */
export const FREE_MAIL_DOMAINS: ReadonlySet<string> = new Set([
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'passport.com'],
  ...['yahoo.com', 'ymail.com', 'rocketmail.com', 'myyahoo.com', 'aol.com', 'aim.com', 'verizon.net'],
  ...['icloud.com', 'me.com', 'mac.com', 'proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
  ...['tutanota.com', 'tutanota.de', 'tuta.io', 'tuta.com', 'tutamail.com', 'keemail.me', 'hushmail.com', 'mailbox.org', 'posteo.de', 'posteo.net'],
  ...['web.de', 'email.de', 't-online.de', 'freenet.de', 'arcor.de', 'online.de', 'mail.de', 'gmx.net', 'gmx.com'],
  ...['mail.com', 'email.com', 'usa.com', 'zoho.com', 'zohomail.com', 'zohomail.eu', 'fastmail.com', 'fastmail.fm', 'hey.com', 'duck.com'],
  ...['orange.fr', 'wanadoo.fr', 'free.fr', 'laposte.net', 'sfr.fr', 'neuf.fr', 'bbox.fr'],
  ...['libero.it', 'virgilio.it', 'tiscali.it', 'alice.it', 'tin.it', 'inwind.it', 'email.it'],
  ...['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru', 'internet.ru', 'rambler.ru', 'ukr.net', 'i.ua', 'meta.ua'],
  ...['ya.ru', 'yandex.ru', 'yandex.com', 'seznam.cz', 'email.cz', 'centrum.cz', 'post.cz', 'azet.sk', 'zoznam.sk'],
  ...['wp.pl', 'o2.pl', 'onet.pl', 'op.pl', 'interia.pl', 'gazeta.pl', 'tlen.pl', 'freemail.hu', 'citromail.hu', 'abv.bg'],
  ...['btinternet.com', 'sky.com', 'virginmedia.com', 'talktalk.net', 'ntlworld.com', 'blueyonder.co.uk'],
  ...['comcast.net', 'att.net', 'sbcglobal.net', 'bellsouth.net', 'cox.net', 'charter.net', 'earthlink.net', 'juno.com', 'optonline.net'],
  ...['qq.com', 'foxmail.com', '163.com', '126.com', 'yeah.net', 'sina.com', 'sina.cn', 'sohu.com', '139.com', '189.cn', 'aliyun.com'],
  ...['naver.com', 'hanmail.net', 'daum.net', 'nate.com', 'rediffmail.com', 'uol.com.br', 'bol.com.br', 'terra.com.br', 'ig.com.br'],
  ...['telenet.be', 'skynet.be', 'ziggo.nl', 'kpnmail.nl', 'planet.nl', 'bluewin.ch', 'telia.com', 'online.no', 'walla.co.il'],
]);

/** Brands with one domain a country: yahoo.fr, hotmail.co.uk, outlook.com.br, gmx.at. */
const BRAND = /^(?:yahoo|ymail|hotmail|outlook|live|gmx|yandex|aol)\.(?:[a-z]{2}|com?\.[a-z]{2})$/;

/** @param domain  as `domainOf` gives it */
export function isFreeMail(domain: string): boolean {
  return FREE_MAIL_DOMAINS.has(domain) || BRAND.test(domain);
}
