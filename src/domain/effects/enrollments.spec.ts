import { effectOn, movesOf, type World } from '../../../test/support/pipeline-world.js';
import type { PipelineEvent } from '../pipeline-events.js';

type Row = [string, PipelineEvent, World, string[]];
const of = { enrollmentId: 'enrollment' };
const silence: PipelineEvent = { kind: 'silence_over', opportunityId: 'card' };

describe('an enrollment', () => {
  it.each<Row>([
    ['makes a new card ready', { kind: 'enrolled', ...of }, { card: 'new', enrollment: 'pending' }, ['card > ready']],
    ['makes a qualified card ready', { kind: 'enrolled', ...of }, { card: 'qualified', enrollment: 'pending' }, ['card > ready']],
    ['leaves a card that is further on', { kind: 'enrolled', ...of }, { card: 'contacting', enrollment: 'pending' }, []],
    ['starts', { kind: 'sequence_started', ...of }, { enrollment: 'pending' }, ['enrollment > active']],
    ['ends with its last step', { kind: 'sequence_finished', ...of }, { enrollment: 'active', message: 'sent' }, ['enrollment > finished']],
    ['does not end while a mail of it waits', { kind: 'sequence_finished', ...of }, { enrollment: 'active', message: 'scheduled' }, []],
    ['does not start again after an answer', { kind: 'sequence_started', ...of }, { enrollment: 'replied' }, []],
    ['goes on when the holiday is over', { kind: 'resume_due', ...of }, { enrollment: 'postponed' }, ['enrollment > active']],
    ['stays stopped when the holiday is over', { kind: 'resume_due', ...of }, { enrollment: 'stopped' }, []],
    ['is blocked', { kind: 'enrollment_blocked', code: 'mailbox_dead', ...of }, { enrollment: 'active' }, ['enrollment > blocked']],
    ['is freed', { kind: 'enrollment_unblocked', ...of }, { enrollment: 'blocked' }, ['enrollment > active']],
    ['is paused by a guardrail', { kind: 'guardrail_hit', code: 'bounce_rate', ...of }, { enrollment: 'active' }, ['enrollment > paused']],
    [
      'is paused when a person writes from their own program',
      { kind: 'human_took_over', ...of },
      { card: 'ready', enrollment: 'active' },
      ['card > contacting', 'enrollment > paused'],
    ],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it('keeps the code of its block', () => {
    const effects = effectOn({ enrollment: 'active' }, { kind: 'enrollment_blocked', code: 'mailbox_dead', ...of });

    expect(effects.moves[0]?.reason).toBe('mailbox_dead');
  });

  it('counts its site as written to when a person took over', () => {
    expect(effectOn({ card: 'contacting', enrollment: 'active' }, { kind: 'human_took_over', ...of }).contactedProspects).toEqual(['site']);
  });
});

describe('silence long enough', () => {
  it.each<[string, World, string[]]>([
    ['closes the card', { card: 'contacting', enrollment: 'finished' }, ['card > no_response']],
    ['turns to the next contact', { card: 'contacting', enrollment: 'finished', anotherContactLeft: true }, ['card > ready']],
    [
      'closes a talk that died',
      { card: 'negotiating', anotherContactLeft: true, looseMessage: 'draft' },
      ['card > no_response', 'loose > cancelled'],
    ],
    ['says nothing while a sequence runs', { card: 'contacting', enrollment: 'active' }, []],
    ['says nothing of a deal', { card: 'awaiting_live', enrollment: 'finished' }, []],
  ])('%s', (_, world, expected) => {
    expect(movesOf(silence, world)).toEqual(expected);
  });
});
