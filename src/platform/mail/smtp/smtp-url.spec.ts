import { readSmtpUrl, securityTowards } from './smtp-url.js';

describe('readSmtpUrl', () => {
  it.each([
    ['smtp://mail.example', { host: 'mail.example', port: 587, tls: false }],
    ['smtps://mail.example', { host: 'mail.example', port: 465, tls: true }],
    ['smtp://127.0.0.1:2525', { host: '127.0.0.1', port: 2525, tls: false }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525, tls: false }],
    ['smtp://links%40tea.example:a%2Fb@mail.example', { host: 'mail.example', port: 587, tls: false, user: 'links@tea.example', password: 'a/b' }],
  ])('reads %s', (url, server) => {
    expect(readSmtpUrl(url)).toEqual(server);
  });

  it.each(['https://mail.example', 'smtp://', 'mail.example:25', 'smtp://a:%zz@mail.example'])('refuses %s', (url) => {
    expect(readSmtpUrl(url)).toBeUndefined();
  });
});

describe('securityTowards', () => {
  const server = { host: 'mail.example', port: 587, tls: false };

  it.each([
    [['127.0.0.1', '::1'], 'none'],
    [['10.0.0.5'], 'none'],
    [['93.184.216.34'], 'starttls'],
    [['10.0.0.5', '93.184.216.34'], 'starttls'],
  ])('towards %j is %s', (addresses, security) => {
    expect(securityTowards(server, addresses)).toBe(security);
    expect(securityTowards({ ...server, tls: true }, addresses)).toBe('tls');
  });
});
