import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What servers say of a mailbox, and its folder of sent mails. */
export class Wire1795305600060 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE mailboxes
        -- a server blocks the sender: nothing leaves until a person has looked
        ADD COLUMN alarm_code text CHECK (length(alarm_code) <= 20),
        ADD COLUMN alarm_detail text CHECK (length(alarm_detail) <= 500),
        ADD COLUMN alarm_at timestamptz,
        ADD COLUMN sent_copy boolean NOT NULL DEFAULT false,
        -- when its folder of sent mails is next asked about mails of unknown fate
        ADD COLUMN sent_look_at timestamptz,
        ADD CONSTRAINT mailboxes_alarm_check CHECK ((alarm_code IS NULL) = (alarm_at IS NULL)),
        ADD CONSTRAINT mailboxes_dkim_check CHECK ((dkim_selector IS NULL) = (dkim_key_sealed IS NULL));`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE mailboxes DROP CONSTRAINT mailboxes_dkim_check, DROP CONSTRAINT mailboxes_alarm_check,
        DROP COLUMN sent_look_at, DROP COLUMN sent_copy, DROP COLUMN alarm_at, DROP COLUMN alarm_detail, DROP COLUMN alarm_code;`);
  }
}
