/**
 * Name of the session cookie. `__Host-` binds it to this host and to TLS (RFC 6265bis section 4.1.3.2), but browsers
 * refuse that prefix on a cookie without Secure, and Secure over plain http: an installation without TLS needs the bare name.
 */
export function sessionCookieName(publicUrl: string): '__Host-lw_session' | 'lw_session' {
  return servedOverTls(publicUrl) ? '__Host-lw_session' : 'lw_session';
}

/** Attributes that go with the name: no Domain and Path=/ are what `__Host-` asks for. */
export function sessionCookieOptions(publicUrl: string): { httpOnly: true; sameSite: 'lax'; path: '/'; secure: boolean } {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: servedOverTls(publicUrl) };
}

function servedOverTls(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}
