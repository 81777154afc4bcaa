import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The mailboxes of a domain and of those below it, found by the end of their names: limits of a domain are asked at every turn of a mailbox. */
export class MailboxesByDomain1795305600093 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX mailboxes_domain_idx ON mailboxes (workspace_id, reverse(lower(substring(from_address FROM '[^@]*$'))) text_pattern_ops)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX mailboxes_domain_idx');
  }
}
