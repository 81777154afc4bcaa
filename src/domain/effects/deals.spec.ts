import { effectOn, movesOf, type World } from '../../../test/support/pipeline-world.js';
import type { PipelineEvent } from '../pipeline-events.js';

type Row = [string, PipelineEvent, World, string[]];
const ofCard = { opportunityId: 'card' };
const ofPitch = { pitchId: 'pitch' };

describe('a deal', () => {
  it.each<Row>([
    [
      'agreed ends the sequences and accepts the pitch',
      { kind: 'agreement_made', ...ofCard, ...ofPitch },
      { card: 'negotiating', otherEnrollment: 'active', pitch: 'countered' },
      ['card > agreed', 'other-enrollment > stopped', 'pitch > accepted'],
    ],
    [
      'agreed on the first answer goes through engaged',
      { kind: 'agreement_made', ...ofCard, pitchId: null },
      { card: 'contacting', enrollment: 'active', message: 'scheduled' },
      ['card > agreed', 'card > engaged', 'enrollment > stopped', 'message > cancelled'],
    ],
    ['with a vendor is called agreed by a person only', { kind: 'agreement_made', ...ofCard, pitchId: null }, { card: 'ready' }, []],
    ['does not take a live card back', { kind: 'agreement_made', ...ofCard, pitchId: null }, { card: 'live' }, []],
    [
      'goes into production with the writer',
      { kind: 'writing_started', ...ofPitch },
      { card: 'agreed', pitch: 'accepted' },
      ['card > in_production', 'pitch > writing'],
    ],
    [
      'goes into production with a first draft',
      { kind: 'draft_sent', ...ofPitch },
      { card: 'agreed', pitch: 'writing' },
      ['card > in_production', 'pitch > draft_submitted'],
    ],
    [
      'stays in production with the next draft',
      { kind: 'draft_sent', ...ofPitch },
      { card: 'in_production', pitch: 'revision_requested' },
      ['pitch > draft_submitted'],
    ],
    [
      'waits for its link once the content is delivered',
      { kind: 'content_delivered', ...ofCard },
      { card: 'in_production' },
      ['card > awaiting_live'],
    ],
    ['waits for its link without content as well', { kind: 'content_delivered', ...ofCard }, { card: 'agreed' }, ['card > awaiting_live']],
    ['done stops what still runs', { kind: 'goal_reached', ...ofCard }, { card: 'live', enrollment: 'postponed' }, ['enrollment > stopped']],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it('lets an offer without an answer expire', () => {
    expect(movesOf({ kind: 'answer_overdue', ...ofPitch }, { card: 'engaged', pitch: 'pitched' })).toEqual(['pitch > expired']);
  });

  it('asks a person before it calls a publication broken', () => {
    const effects = effectOn({ card: 'awaiting_live', pitch: 'scheduled' }, { kind: 'publication_overdue', ...ofPitch });

    expect(effects.moves).toEqual([]);
    expect(effects.tasks).toEqual([{ kind: 'pitch_clock', subjectType: 'pitch', subjectId: 'pitch', opportunityId: 'card' }]);
  });
});
