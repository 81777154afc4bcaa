import type { Permission, Role } from '../../domain/permissions.js';

/** Who acts, in which workspace, and by which door they came. Every service command takes one first. */
export interface Actor {
  readonly workspaceId: string;
  /** Null when no person stands behind the act: the system, a public page. */
  readonly userId: string | null;
  readonly memberId: string | null;
  readonly apiKeyId?: string;
  /** Of a person at the screen. */
  readonly sessionId?: string;
  /** A key that brings in mail is bound to this one mailbox. */
  readonly mailboxId?: string;
  readonly role: Role;
  /** The second border, inside the workspace: the projects whose things the actor may see; null for all of them. */
  readonly projectIds: readonly string[] | null;
  /** What the role allows, cut down to the scopes of a key. */
  readonly permissions: ReadonlySet<Permission>;
  readonly via: 'ui' | 'key' | 'system' | 'public';
  readonly requestId?: string;
}
