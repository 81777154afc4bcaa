import type { Response } from 'supertest';

/** For `.expect(…)` of supertest: any status of success. */
export function succeeds({ status, text }: Response): void {
  if (status < 200 || status >= 300) throw new Error(`${status} ${text}`);
}
