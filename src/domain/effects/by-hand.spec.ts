import { effectOn, movesOf, type World } from '../../../test/support/pipeline-world.js';
import type { MachineName } from '../machines/machine.js';
import type { PipelineEvent } from '../pipeline-events.js';

const byHand = (machine: MachineName, subjectId: string, to: string): PipelineEvent => ({
  kind: 'moved_by_hand',
  machine,
  subjectId,
  to,
  reason: 'because',
});

describe('a move by hand', () => {
  it.each<[string, PipelineEvent, World, string[]]>([
    ['moves what it names', byHand('opportunity', 'card', 'qualified'), { card: 'new' }, ['card > qualified']],
    [
      'to an end silences the card',
      byHand('opportunity', 'card', 'disqualified'),
      { card: 'ready', enrollment: 'active', message: 'scheduled', looseMessage: 'pending_approval' },
      ['card > disqualified', 'enrollment > stopped', 'loose > cancelled', 'message > cancelled'],
    ],
    [
      'that stops an enrollment cancels its mail, not a mail outside it',
      byHand('enrollment', 'enrollment', 'stopped'),
      { card: 'contacting', enrollment: 'active', message: 'claimed', looseMessage: 'draft' },
      ['enrollment > stopped', 'message > cancelled'],
    ],
    [
      'that pauses an enrollment keeps its mail',
      byHand('enrollment', 'enrollment', 'paused'),
      { enrollment: 'active', message: 'scheduled' },
      ['enrollment > paused'],
    ],
    [
      'of a draft leaves its enrollment',
      byHand('message', 'message', 'cancelled'),
      { enrollment: 'blocked', message: 'draft' },
      ['message > cancelled'],
    ],
    [
      'that sends a mail of unknown fate again frees its enrollment',
      byHand('message', 'message', 'scheduled'),
      { card: 'contacting', enrollment: 'blocked', message: 'delivery_unknown' },
      ['enrollment > active', 'message > scheduled'],
    ],
    [
      'that gives a mail of unknown fate up frees its enrollment',
      byHand('message', 'message', 'cancelled'),
      { card: 'contacting', enrollment: 'blocked', message: 'delivery_unknown' },
      ['enrollment > active', 'message > cancelled'],
    ],
    [
      'that calls a mail of unknown fate sent counts like a sent one',
      byHand('message', 'message', 'sent'),
      { card: 'ready', enrollment: 'blocked', message: 'delivery_unknown', pitch: 'draft' },
      ['card > contacting', 'enrollment > active', 'message > sent', 'pitch > pitched'],
    ],
    [
      'of a pitch to countered opens the bargaining',
      byHand('pitch', 'pitch', 'countered'),
      { card: 'engaged', pitch: 'pitched' },
      ['card > negotiating', 'pitch > countered'],
    ],
    [
      'of a pitch to accepted makes the deal',
      byHand('pitch', 'pitch', 'accepted'),
      { card: 'contacting', enrollment: 'active', pitch: 'pitched' },
      ['card > agreed', 'card > engaged', 'enrollment > stopped', 'pitch > accepted'],
    ],
    [
      'of a pitch to writing starts production',
      byHand('pitch', 'pitch', 'writing'),
      { card: 'agreed', pitch: 'accepted' },
      ['card > in_production', 'pitch > writing'],
    ],
    [
      'of a pitch to draft_submitted starts production at the latest',
      byHand('pitch', 'pitch', 'draft_submitted'),
      { card: 'agreed', pitch: 'writing' },
      ['card > in_production', 'pitch > draft_submitted'],
    ],
    ['of a pitch to withdrawn leaves the card', byHand('pitch', 'pitch', 'withdrawn'), { card: 'engaged', pitch: 'pitched' }, ['pitch > withdrawn']],
    [
      'that attests a link counts like a check',
      byHand('backlink', 'link', 'live'),
      { card: 'awaiting_live', enrollment: 'active', pitch: 'published_reported', link: 'needs_review' },
      ['card > live', 'enrollment > stopped', 'link > live', 'pitch > published_verified'],
    ],
    [
      'that attests a loss counts like a check',
      byHand('backlink', 'link', 'lost'),
      { card: 'at_risk', link: 'needs_review' },
      ['card > lost_link', 'link > lost'],
    ],
    ['that closes a link leaves the card', byHand('backlink', 'link', 'closed'), { card: 'lost_link', link: 'lost' }, ['link > closed']],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it('keeps the words of the person', () => {
    expect(effectOn({ card: 'new' }, byHand('opportunity', 'card', 'disqualified')).moves[0]?.reason).toBe('because');
  });

  it('leaves a task when a link is attested as lost', () => {
    expect(effectOn({ card: 'at_risk', link: 'needs_review' }, byHand('backlink', 'link', 'lost')).tasks.map((task) => task.kind)).toEqual([
      'link_lost',
    ]);
  });
});

describe('rules that move a card', () => {
  it.each<[string, PipelineEvent, World, string[]]>([
    ['criteria met', { kind: 'criteria_met', opportunityId: 'card', to: 'qualified' }, { card: 'new' }, ['card > qualified']],
    ['criteria met, ready', { kind: 'criteria_met', opportunityId: 'card', to: 'ready' }, { card: 'qualified' }, ['card > ready']],
    [
      'a blacklist hit',
      { kind: 'blacklisted', opportunityId: 'card', reason: 'spam_farm' },
      { card: 'ready', enrollment: 'pending', looseMessage: 'draft' },
      ['card > disqualified', 'enrollment > stopped', 'loose > cancelled'],
    ],
    [
      'a blacklist hit on a deal stops only the sequences',
      { kind: 'blacklisted', opportunityId: 'card', reason: 'spam_farm' },
      { card: 'agreed', enrollment: 'active', looseMessage: 'draft' },
      ['enrollment > stopped'],
    ],
    ['"not now" is over', { kind: 'not_now_over', opportunityId: 'card' }, { card: 'declined' }, ['card > qualified']],
    ['"not now" is over, but they opted out', { kind: 'not_now_over', opportunityId: 'card' }, { card: 'do_not_contact' }, []],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });
});
