import { createHmac } from 'node:crypto';

/**
 * Knows addresses again that are not kept any more: whoever was erased must still not be mailed (standards 29). Its key is the
 * installation's own, is never rotated, and hashes nothing else.
 */
export class SuppressionHasher {
  constructor(private readonly key: Buffer) {}

  /** @param value normalised, as `normaliseEmail` makes it; another workspace gets another hash */
  hash(workspaceId: string, value: string): string {
    return createHmac('sha256', this.key).update(`suppression\n${workspaceId}\n${value}`).digest('base64url');
  }
}
