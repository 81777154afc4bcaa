import { effectOn, movesOf, type World } from '../../../test/support/pipeline-world.js';
import { OPPORTUNITY_STAGES, type OpportunityStage } from '../machines/opportunity.js';
import type { PipelineEvent } from '../pipeline-events.js';

type Row = [string, World, string[]];
const reply: PipelineEvent = { kind: 'reply_received', messageId: 'message', contactId: 'contact', wholeSite: false };
const optOut: PipelineEvent = { kind: 'opted_out', contactId: 'contact', scope: 'contact' };
const siteOptOut: PipelineEvent = { kind: 'opted_out', contactId: 'contact', scope: 'site' };
const complaint: PipelineEvent = { kind: 'complained', contactId: 'contact', messageId: 'message' };
const bounce: PipelineEvent = { kind: 'bounced_hard', messageId: 'message' };

describe('a human reply', () => {
  it.each<Row>([
    [
      'ends the sequence and cancels what waits in it',
      { card: 'contacting', enrollment: 'active', message: 'scheduled' },
      ['card > engaged', 'enrollment > replied', 'message > cancelled'],
    ],
    [
      'takes back a mail that a worker has claimed',
      { card: 'contacting', enrollment: 'active', message: 'claimed' },
      ['card > engaged', 'enrollment > replied', 'message > cancelled'],
    ],
    ['counts late, too', { card: 'no_response', enrollment: 'finished', message: 'sent' }, ['card > engaged', 'enrollment > replied']],
    ['does not undo an opt-out', { card: 'do_not_contact', enrollment: 'unsubscribed', message: 'sent' }, []],
    ['does nothing the second time', { card: 'engaged', enrollment: 'replied', message: 'sent' }, []],
    ['never goes backwards', { card: 'negotiating', enrollment: 'active', message: 'sent' }, ['enrollment > replied']],
    [
      'leaves other contacts of the site alone',
      { card: 'contacting', enrollment: 'active', otherEnrollment: 'active', message: 'sent' },
      ['card > engaged', 'enrollment > replied'],
    ],
    [
      'proves that a mail of unknown fate arrived, with its offer',
      { card: 'ready', enrollment: 'blocked', message: 'delivery_unknown', pitch: 'draft' },
      ['card > engaged', 'enrollment > replied', 'message > sent', 'pitch > pitched'],
    ],
    ['says nothing about a pitch until it is classified', { card: 'contacting', message: 'sent', pitch: 'expired' }, ['card > engaged']],
    ['reaches the cards of its site when no sequence knows the writer', { card: 'qualified' }, ['card > engaged']],
  ])('%s', (_, world, expected) => {
    expect(movesOf(reply, world)).toEqual(expected);
  });

  it('counts for the sequence of the answered mail, though that stands at whom the writer was merged with', () => {
    const world: World = { card: 'no_response', enrollment: 'finished', message: 'sent' };

    expect(movesOf({ ...reply, contactId: 'other-contact' }, world)).toEqual(['card > engaged', 'enrollment > replied']);
  });

  it.each(['draft', 'scheduled', 'claimed'] as const)('cancels a follow-up that is %s, and no other mail of a person', (followUp) => {
    expect(movesOf(reply, { card: 'engaged', message: 'sent', looseMessage: 'scheduled', followUp })).toEqual(['follow-up > cancelled']);
  });

  it('cancels the follow-up to a colleague at the same card', () => {
    const world: World = { card: 'engaged', enrollment: 'replied', otherEnrollment: 'finished', followUp: 'scheduled' };

    expect(movesOf({ ...reply, messageId: null, contactId: 'other-contact' }, world)).toEqual([
      'follow-up > cancelled',
      'other-enrollment > replied',
    ]);
  });

  it('makes it our turn', () => {
    expect(effectOn({ card: 'contacting', enrollment: 'active', message: 'sent' }, reply).turns).toEqual([
      { opportunityId: 'card', waitingOn: 'us' },
    ]);
  });

  it('ends the sequences of the whole site where the campaign wants that', () => {
    const world: World = { card: 'contacting', enrollment: 'active', otherEnrollment: 'paused', message: 'sent' };

    expect(movesOf({ ...reply, wholeSite: true }, world)).toEqual(['card > engaged', 'enrollment > replied', 'other-enrollment > replied']);
  });

  it('marks the answered mail and leaves one task', () => {
    const effects = effectOn({ card: 'contacting', enrollment: 'active', message: 'sent' }, reply);

    expect(effects.facts).toEqual([{ messageId: 'message', fact: 'replied' }]);
    expect(effects.tasks.map((task) => task.kind)).toEqual(['answer_reply']);
  });
});

describe('a classified reply', () => {
  const classified = (answer: 'asks_fee' | 'declined' | 'interested' | 'not_now'): PipelineEvent => ({
    kind: 'reply_classified',
    opportunityId: 'card',
    class: answer,
  });

  it.each<[string, PipelineEvent, World, string[]]>([
    ['a price opens the bargaining', classified('asks_fee'), { card: 'engaged', pitch: 'pitched' }, ['card > negotiating', 'pitch > countered']],
    [
      'a price takes a card that no reply has moved yet through engaged',
      classified('asks_fee'),
      { card: 'contacting' },
      ['card > engaged', 'card > negotiating'],
    ],
    [
      'a late price revives an expired pitch',
      classified('asks_fee'),
      { card: 'engaged', pitch: 'expired' },
      ['card > negotiating', 'pitch > countered'],
    ],
    [
      'a no closes the card, the pitch and what still runs',
      classified('declined'),
      { card: 'engaged', otherEnrollment: 'active', looseMessage: 'draft', pitch: 'countered' },
      ['card > declined', 'loose > cancelled', 'other-enrollment > stopped', 'pitch > rejected'],
    ],
    ['a no does not take back a deal', classified('declined'), { card: 'agreed', looseMessage: 'draft', pitch: 'accepted' }, []],
    ['interest waits for a person', classified('interested'), { card: 'engaged', pitch: 'pitched' }, []],
    ['not now waits for its date', classified('not_now'), { card: 'engaged' }, []],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });
});

describe('an automatic answer', () => {
  const away: PipelineEvent = { kind: 'auto_reply_received', messageId: 'message', resumeAt: new Date('2026-12-01T00:00:00Z') };

  it.each<[string, PipelineEvent, World, string[]]>([
    ['with a date postpones', away, { card: 'contacting', enrollment: 'active', message: 'sent' }, ['enrollment > postponed']],
    ['without a date changes nothing', { ...away, resumeAt: null }, { card: 'contacting', enrollment: 'active', message: 'sent' }, []],
    ['is not an answer', away, { card: 'contacting', enrollment: 'finished', message: 'sent' }, []],
    [
      'proves that a mail of unknown fate arrived, and frees its enrollment',
      { ...away, resumeAt: null },
      { card: 'ready', enrollment: 'blocked', message: 'delivery_unknown' },
      ['card > contacting', 'enrollment > active', 'message > sent'],
    ],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it('that says "has left" stops the sequence and asks for a successor', () => {
    const event: PipelineEvent = { kind: 'contact_left', contactId: 'contact' };
    const world: World = { card: 'contacting', enrollment: 'active', message: 'scheduled' };

    expect(movesOf(event, world)).toEqual(['enrollment > stopped', 'message > cancelled']);
    expect(effectOn(world, event).tasks).toEqual([{ kind: 'find_successor', subjectType: 'contact', subjectId: 'contact', opportunityId: 'card' }]);
  });
});

describe('a bounce', () => {
  it.each<Row>([
    [
      'with another contact left makes the card ready for them',
      { card: 'contacting', anotherContactLeft: true, enrollment: 'active', message: 'sent' },
      ['card > ready', 'enrollment > bounced'],
    ],
    [
      'with nobody left gives the card up',
      { card: 'contacting', enrollment: 'active', message: 'sent', looseMessage: 'draft' },
      ['card > disqualified', 'enrollment > bounced', 'loose > cancelled'],
    ],
    [
      'leaves the card while another contact is being written to',
      { card: 'contacting', enrollment: 'active', otherEnrollment: 'active', message: 'sent' },
      ['enrollment > bounced'],
    ],
    ['moves a card only from contacting', { card: 'engaged', enrollment: 'paused', message: 'sent' }, ['enrollment > bounced']],
    ['comes late to an ended sequence', { card: 'live', enrollment: 'finished', message: 'sent' }, []],
    [
      'proves that a mail of unknown fate left',
      { card: 'contacting', enrollment: 'blocked', message: 'delivery_unknown' },
      ['card > disqualified', 'enrollment > bounced', 'message > sent'],
    ],
  ])('for good %s', (_, world, expected) => {
    expect(movesOf(bounce, world)).toEqual(expected);
  });

  it.each<Row>([
    ['changes nothing but the mail', { card: 'contacting', enrollment: 'active', message: 'sent' }, []],
    [
      'frees the enrollment of a mail of unknown fate',
      { card: 'contacting', enrollment: 'blocked', message: 'delivery_unknown' },
      ['enrollment > active', 'message > sent'],
    ],
  ])('for now %s', (_, world, expected) => {
    const event: PipelineEvent = { kind: 'bounced_soft', messageId: 'message' };

    expect(movesOf(event, world)).toEqual(expected);
    expect(effectOn(world, event).facts).toEqual([{ messageId: 'message', fact: 'bounced_soft' }]);
  });
});

describe('a wish for no more mail', () => {
  it.each<[string, PipelineEvent, World, string[]]>([
    [
      'closes the card before a deal, with all that waits',
      optOut,
      { card: 'contacting', enrollment: 'active', message: 'scheduled', looseMessage: 'draft', pitch: 'pitched' },
      ['card > do_not_contact', 'enrollment > unsubscribed', 'loose > cancelled', 'message > cancelled', 'pitch > withdrawn'],
    ],
    [
      'of one person leaves the card to the other who is being written to',
      optOut,
      { card: 'contacting', enrollment: 'active', otherEnrollment: 'active', pitch: 'pitched' },
      ['enrollment > unsubscribed'],
    ],
    [
      'of the whole site ends everything there',
      siteOptOut,
      { card: 'contacting', enrollment: 'active', otherEnrollment: 'paused', pitch: 'countered' },
      ['card > do_not_contact', 'enrollment > unsubscribed', 'other-enrollment > unsubscribed', 'pitch > withdrawn'],
    ],
    [
      'as a complaint stops the others of the site, too',
      complaint,
      { card: 'engaged', enrollment: 'active', otherEnrollment: 'active', message: 'sent' },
      ['card > do_not_contact', 'enrollment > unsubscribed', 'other-enrollment > stopped'],
    ],
    [
      'leaves a deal and its pitch where they are',
      siteOptOut,
      { card: 'in_production', enrollment: 'active', message: 'scheduled', pitch: 'writing' },
      ['enrollment > unsubscribed', 'message > cancelled'],
    ],
    [
      'after the last step is heard as well',
      optOut,
      { card: 'no_response', enrollment: 'finished' },
      ['card > do_not_contact', 'enrollment > unsubscribed'],
    ],
    ['does nothing the second time', optOut, { card: 'do_not_contact', enrollment: 'unsubscribed' }, []],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it.each(OPPORTUNITY_STAGES.filter((stage) => stage !== 'do_not_contact'))(
    'on a card at %s either closes or marks it',
    (stage: OpportunityStage) => {
      const effects = effectOn({ card: stage, enrollment: 'active' }, optOut);
      const closed = effects.moves.some((move) => move.id === 'card' && move.to === 'do_not_contact');

      expect(effects.blockContact).toEqual(closed ? [] : ['card']);
    },
  );

  it('marks a card once', () => {
    expect(effectOn({ card: 'live', contactBlocked: true, enrollment: 'active' }, optOut).blockContact).toEqual([]);
  });

  it('notes the complaint on its mail, but never calls an opt-out one', () => {
    const world: World = { card: 'contacting', enrollment: 'active', message: 'sent' };

    expect(effectOn(world, complaint).facts).toEqual([{ messageId: 'message', fact: 'complained' }]);
    expect(effectOn(world, optOut).facts).toEqual([]);
  });

  it('by erasure stops the mail and leaves the card with its site', () => {
    const world: World = { card: 'negotiating', enrollment: 'active', message: 'draft', looseMessage: 'scheduled' };

    expect(movesOf({ kind: 'contact_erased', contactId: 'contact' }, world)).toEqual([
      'enrollment > stopped',
      'loose > cancelled',
      'message > cancelled',
    ]);
  });
});
