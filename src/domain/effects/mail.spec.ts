import { effectOn, movesOf, type World } from '../../../test/support/pipeline-world.js';
import type { PipelineEvent } from '../pipeline-events.js';

type Row = [string, PipelineEvent, World, string[]];
const of = { messageId: 'message' };

describe('a mail on its way', () => {
  it.each<Row>([
    ['leaves a draft when approved', { kind: 'message_approved', ...of }, { message: 'pending_approval' }, ['message > scheduled']],
    ['is claimed', { kind: 'message_claimed', ...of }, { enrollment: 'active', message: 'scheduled' }, ['message > claimed']],
    ['goes back when a gate closed', { kind: 'message_released', ...of }, { message: 'claimed' }, ['message > scheduled']],
    ['is held for good', { kind: 'message_held', code: 'suppressed', ...of }, { message: 'claimed' }, ['message > cancelled']],
    ['is skipped when too late', { kind: 'message_skipped', code: 'too_late', ...of }, { message: 'scheduled' }, ['message > skipped']],
    ['starts transmission', { kind: 'transmission_begun', ...of }, { enrollment: 'active', message: 'claimed' }, ['message > transmitting']],
    ['waits when DATA never began', { kind: 'transmission_not_begun', ...of }, { message: 'transmitting' }, ['message > scheduled']],
    [
      'waits for another try after a refusal for now, through failed_temporary',
      { kind: 'message_refused_for_now', ...of },
      { enrollment: 'active', message: 'transmitting' },
      ['message > failed_temporary', 'message > scheduled'],
    ],
    ['does not transmit twice', { kind: 'transmission_begun', ...of }, { message: 'transmitting' }, []],
    ['is not claimed once cancelled', { kind: 'message_claimed', ...of }, { enrollment: 'replied', message: 'cancelled' }, []],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it.each<Row>([
    [
      'the person answered meanwhile',
      { kind: 'message_refused_for_now', ...of },
      { card: 'engaged', enrollment: 'replied', message: 'transmitting' },
      ['message > cancelled', 'message > failed_temporary', 'message > scheduled'],
    ],
    [
      'the person opted out while the server did not answer',
      { kind: 'transmission_not_begun', ...of },
      { card: 'do_not_contact', enrollment: 'unsubscribed', message: 'transmitting' },
      ['message > cancelled', 'message > scheduled'],
    ],
    [
      'the card says no more mail, outside any sequence',
      { kind: 'transmission_not_begun', ...of },
      { card: 'do_not_contact', message: 'transmitting' },
      ['message > cancelled', 'message > scheduled'],
    ],
  ])('is not tried again when %s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it('takes its pitch back to draft when the text changes under approval', () => {
    expect(movesOf({ kind: 'message_changed', ...of }, { message: 'pending_approval', pitch: 'pending_approval' })).toEqual([
      'message > draft',
      'pitch > draft',
    ]);
  });
});

describe('a mail that is out', () => {
  it.each<Row>([
    [
      'the first one takes the card and the pitch along',
      { kind: 'message_sent', ...of },
      { card: 'ready', enrollment: 'active', message: 'transmitting', pitch: 'draft' },
      ['card > contacting', 'message > sent', 'pitch > pitched'],
    ],
    [
      'the first one starts an enrollment that was not started yet',
      { kind: 'message_sent', ...of },
      { card: 'ready', enrollment: 'pending', message: 'transmitting' },
      ['card > contacting', 'enrollment > active', 'message > sent'],
    ],
    [
      'a follow-up moves only itself',
      { kind: 'message_sent', ...of },
      { card: 'contacting', enrollment: 'active', message: 'transmitting', pitch: 'pitched' },
      ['message > sent'],
    ],
    [
      'a new offer answers a counter-offer',
      { kind: 'message_sent', ...of },
      { card: 'negotiating', message: 'transmitting', pitch: 'countered' },
      ['message > sent', 'pitch > pitched'],
    ],
    ['a card at live is not moved', { kind: 'message_sent', ...of }, { card: 'live', message: 'transmitting' }, ['message > sent']],
    [
      'a mail of unknown fate that was found frees its enrollment',
      { kind: 'message_found_sent', ...of },
      { card: 'ready', enrollment: 'blocked', message: 'delivery_unknown' },
      ['card > contacting', 'enrollment > active', 'message > sent'],
    ],
    ['the same news again does nothing', { kind: 'message_sent', ...of }, { card: 'contacting', enrollment: 'active', message: 'sent' }, []],
    ['news of a cancelled mail does nothing', { kind: 'message_sent', ...of }, { card: 'ready', enrollment: 'stopped', message: 'cancelled' }, []],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it('counts its site as written to, once', () => {
    const sent: PipelineEvent = { kind: 'message_sent', ...of };

    expect(effectOn({ card: 'live', message: 'transmitting' }, sent).contactedProspects).toEqual(['site']);
    expect(effectOn({ card: 'live', message: 'sent' }, sent).contactedProspects).toEqual([]);
  });
});

describe('a mail that fails', () => {
  it('ends its enrollment and calls a person when the fault is not the address', () => {
    const world: World = { card: 'contacting', enrollment: 'active', message: 'transmitting' };
    const event: PipelineEvent = { kind: 'message_refused', code: 'policy', ...of };

    expect(movesOf(event, world)).toEqual(['enrollment > failed', 'message > failed']);
    expect(effectOn(world, event).tasks.map((task) => task.kind)).toEqual(['enrollment_failed']);
  });

  it('leaves the enrollment to the bounce when the address is at fault, and the bounce finds the failed mail', () => {
    const refused = movesOf(
      { kind: 'message_refused', code: 'address', ...of },
      { card: 'contacting', enrollment: 'active', message: 'transmitting' },
    );
    const bounced = movesOf({ kind: 'bounced_hard', ...of }, { card: 'contacting', enrollment: 'active', message: 'failed' });

    expect(refused).toEqual(['message > failed']);
    expect(bounced).toEqual(['card > disqualified', 'enrollment > bounced']);
  });

  it('leaves a paused enrollment and its other mail as they are', () => {
    expect(
      movesOf(
        { kind: 'message_refused', code: 'policy', messageId: 'message' },
        { enrollment: 'paused', message: 'transmitting', looseMessage: 'draft' },
      ),
    ).toEqual(['message > failed']);
  });

  it('blocks the enrollment and asks a person when nobody knows whether it left', () => {
    const world: World = { card: 'contacting', enrollment: 'active', message: 'transmitting' };
    const event: PipelineEvent = { kind: 'delivery_uncertain', ...of };

    expect(movesOf(event, world)).toEqual(['enrollment > blocked', 'message > delivery_unknown']);
    expect(effectOn(world, event).tasks).toEqual([{ kind: 'delivery_unknown', subjectType: 'message', subjectId: 'message', opportunityId: 'card' }]);
    expect(effectOn({ message: 'sent' }, event)).toMatchObject({ moves: [], tasks: [] });
  });
});

describe('a follow-up that is refused for now', () => {
  const refused: PipelineEvent = { kind: 'message_refused_for_now', messageId: 'follow-up' };

  it('is not tried again after an answer', () => {
    expect(movesOf(refused, { card: 'engaged', waitingOn: 'us', followUp: 'transmitting' })).toEqual([
      'follow-up > cancelled',
      'follow-up > failed_temporary',
      'follow-up > scheduled',
    ]);
  });

  it('is tried again while it is their turn', () => {
    expect(movesOf(refused, { card: 'engaged', waitingOn: 'them', followUp: 'transmitting' })).toEqual([
      'follow-up > failed_temporary',
      'follow-up > scheduled',
    ]);
  });
});

describe('a mail of a sequence that an answer overtook on the wire', () => {
  const sent: PipelineEvent = { kind: 'message_sent', messageId: 'message' };

  it('leaves it our turn', () => {
    expect(effectOn({ card: 'engaged', enrollment: 'replied', waitingOn: 'us', message: 'transmitting' }, sent).turns).toEqual([]);
  });

  it.each<World>([{ enrollment: 'active' }, {}])('makes it their turn otherwise: %j', (more) => {
    expect(effectOn({ card: 'engaged', waitingOn: 'us', message: 'transmitting', ...more }, sent).turns).toEqual([
      { opportunityId: 'card', waitingOn: 'them' },
    ]);
  });
});
