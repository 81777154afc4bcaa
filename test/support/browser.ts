import request, { type Response } from 'supertest';
import { TEST_PASSWORD } from './test-app.js';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** A browser as far as cookies go: keeps what it is given and sends it back. Paths are relative to /api/v1. */
export class Browser {
  readonly cookies = new Map<string, string>();

  /** @param headers  sent with every call, such as `x-forwarded-for` to come from elsewhere */
  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  get(path: string): request.Test {
    return this.call('get', path);
  }

  post(path: string, body?: object): request.Test {
    return this.call('post', path).send(body);
  }

  patch(path: string, body: object): request.Test {
    return this.call('patch', path).set('if-match', '*').send(body);
  }

  delete(path: string): request.Test {
    return this.call('delete', path).set('if-match', '*');
  }

  logIn(email: string, more: object = {}): request.Test {
    return this.post('/auth/login', { email, password: TEST_PASSWORD, ...more });
  }

  private call(method: Method, path: string): request.Test {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const call = request(this.url)[method](`/api/v1${path}`).redirects(0).set(this.headers);
    if (cookie !== '') void call.set('cookie', cookie);
    return call.on('response', (response: Response) => {
      this.keep(response);
    });
  }

  private keep(response: Response): void {
    const given = (response.headers as { 'set-cookie'?: string[] })['set-cookie'] ?? [];
    for (const line of given) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
