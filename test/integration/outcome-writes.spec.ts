import { sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();

/** The database says so many times that it shuts down when it shall take down that a mail is sent. */
const failing = (times: number): Promise<unknown> =>
  world.test.db.query(`
    CREATE SEQUENCE writes;
    CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('writes') <= ${times} THEN RAISE EXCEPTION 'shutting down' USING ERRCODE = '57P01'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER away BEFORE UPDATE ON messages FOR EACH ROW WHEN (NEW.state = 'sent') EXECUTE FUNCTION away();`);

describe('what became of a mail', () => {
  it('is written down when the database is back, after more than ten seconds too', async () => {
    const mail = await world.planned();
    await failing(12);

    await world.test.run('send');

    expect(await world.now(mail)).toMatchObject({ state: 'sent', enrollmentState: 'active' });
    expect(world.sink.stored).toHaveLength(1);
  }, 60_000);
});
