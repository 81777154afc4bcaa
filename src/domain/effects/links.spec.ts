import { effectOn, inShort, movesOf, snapshotOf, type World } from '../../../test/support/pipeline-world.js';
import { BACKLINK_STATES, type BacklinkState } from '../machines/backlink.js';
import { OPPORTUNITY_STAGES } from '../machines/opportunity.js';
import { effectsOf } from '../pipeline-effects.js';
import type { PipelineEvent } from '../pipeline-events.js';
import { stageOfLinks } from './links.js';

const checked = (to: BacklinkState | null, policyRisk = false): PipelineEvent => ({ kind: 'link_checked', backlinkId: 'link', to, policyRisk });

describe('a reported link', () => {
  const reported: PipelineEvent = { kind: 'link_reported', backlinkId: 'link', pitchId: 'pitch' };

  it.each<[string, World, string[]]>([
    [
      'stops the sequences and publishes the pitch as reported',
      { card: 'awaiting_live', enrollment: 'active', pitch: 'scheduled', link: 'expected' },
      ['enrollment > stopped', 'link > reported', 'pitch > published_reported'],
    ],
    ['reported anew gets another chance', { card: 'awaiting_live', link: 'rejected' }, ['link > reported']],
    ['that is being watched stays as it is', { card: 'live', link: 'live' }, []],
  ])('%s', (_, world, expected) => {
    expect(movesOf(reported, world)).toEqual(expected);
  });

  it('is verified once a check is claimed', () => {
    expect(movesOf({ kind: 'check_claimed', backlinkId: 'link' }, { link: 'reported' })).toEqual(['link > verifying']);
  });
});

describe('a checked link', () => {
  it.each<[string, PipelineEvent, World, string[]]>([
    [
      'that is there ends the chase',
      checked('live'),
      { card: 'awaiting_live', enrollment: 'active', message: 'scheduled', pitch: 'published_reported', link: 'verifying' },
      ['card > live', 'enrollment > stopped', 'link > live', 'message > cancelled', 'pitch > published_verified'],
    ],
    [
      'goes through verifying when no check was claimed before',
      checked('live'),
      { card: 'contacting', link: 'reported' },
      ['card > live', 'link > live', 'link > verifying'],
    ],
    [
      'that breaks the terms keeps the card waiting',
      checked('degraded'),
      { card: 'awaiting_live', pitch: 'published_reported', link: 'verifying' },
      ['link > degraded'],
    ],
    [
      'that was not there sends the pitch back',
      checked('rejected'),
      { card: 'awaiting_live', pitch: 'published_reported', link: 'verifying' },
      ['link > rejected', 'pitch > scheduled'],
    ],
    ['could not be judged', checked('reported'), { card: 'awaiting_live', link: 'verifying' }, ['link > reported']],
    [
      'that is paid and followed is live, but no success',
      checked('live', true),
      { card: 'awaiting_live', pitch: 'published_reported', link: 'verifying' },
      ['link > live'],
    ],
    [
      'that met the terms later is a success then',
      checked('live'),
      { card: 'awaiting_live', pitch: 'published_reported', link: 'live', policyRisk: true },
      ['card > live', 'pitch > published_verified'],
    ],
    [
      'that is gone once alarms nobody, but the card shows it',
      checked('suspect'),
      { card: 'live', link: 'live' },
      ['card > at_risk', 'link > suspect'],
    ],
    ['that is back was a blip', checked('live'), { card: 'at_risk', link: 'suspect' }, ['card > live', 'link > live']],
    ['that is gone for good', checked('lost'), { card: 'at_risk', link: 'suspect' }, ['card > lost_link', 'link > lost']],
    ['is lost beside one that lives', checked('lost'), { card: 'at_risk', link: 'suspect', otherLink: 'live' }, ['link > lost']],
    [
      'recovers, and the reclaim sequence stops',
      checked('live'),
      { card: 'lost_link', enrollment: 'active', link: 'lost' },
      ['card > live', 'enrollment > stopped', 'link > live'],
    ],
    ['is the first of two required ones', checked('live'), { card: 'awaiting_live', link: 'verifying', otherLink: 'expected' }, ['link > live']],
    [
      'is the last of two required ones',
      checked('live'),
      { card: 'awaiting_live', link: 'verifying', otherLink: 'live' },
      ['card > live', 'link > live'],
    ],
    [
      'does not make up for a required one that was never there',
      checked('live'),
      { card: 'awaiting_live', link: 'verifying', otherLink: 'rejected' },
      ['link > live'],
    ],
    [
      'is live beside an optional one that is lost',
      checked('live'),
      { card: 'awaiting_live', link: 'verifying', otherLink: 'lost', otherLinkRequired: false },
      ['card > live', 'link > live'],
    ],
    [
      'confirmed does not vouch for a pitch whose own link is still to come',
      checked('live'),
      { card: 'in_production', pitch: 'published_reported', link: 'live', otherLink: 'reported' },
      [],
    ],
    ['cannot jump from live to lost', checked('lost'), { card: 'live', link: 'live' }, []],
    ['is not lost by one check under review', checked('lost'), { card: 'at_risk', link: 'needs_review' }, []],
    ['that is closed is left alone', checked('live'), { card: 'completed', link: 'closed' }, []],
  ])('%s', (_, event, world, expected) => {
    expect(movesOf(event, world)).toEqual(expected);
  });

  it.each(BACKLINK_STATES)('nothing follows from a check that could not see, link %s', (link) => {
    for (const card of OPPORTUNITY_STAGES) {
      const effects = effectOn({ card, enrollment: 'active', message: 'scheduled', pitch: 'published_reported', link }, checked(null));

      expect(effects).toEqual({ moves: [], facts: [], tasks: [], blockContact: [], contactedProspects: [], turns: [] });
    }
  });

  it.each<[BacklinkState, BacklinkState, string[]]>([
    ['suspect', 'lost', ['link_lost']],
    ['live', 'degraded', ['link_degraded']],
    ['degraded', 'degraded', []],
    ['lost', 'lost', []],
    ['suspect', 'live', []],
  ])('%s, seen as %s, leaves the tasks %j', (from, to, tasks) => {
    expect(effectOn({ card: 'at_risk', link: from }, checked(to)).tasks.map((task) => task.kind)).toEqual(tasks);
  });

  it.each([
    ['another-pitch', ['card > live', 'link > live']],
    ['pitch', ['card > live', 'link > live', 'pitch > published_verified']],
    [null, ['card > live', 'link > live', 'pitch > published_verified']],
  ])('in the article of %s publishes no other pitch', (pitchId, expected) => {
    const world = snapshotOf({ card: 'awaiting_live', pitch: 'published_reported', link: 'verifying' });
    const now = { ...world, backlinks: world.backlinks.map((row) => ({ ...row, pitchId })) };

    expect(inShort(effectsOf(checked('live'), now).moves)).toEqual(expected);
  });
});

describe('stageOfLinks', () => {
  const link = (state: BacklinkState, required = true, policyRisk = false) => ({
    id: state,
    opportunityId: 'card',
    state,
    required,
    policyRisk,
    firstLiveAt: null,
  });

  it.each([
    ['no link', [], undefined],
    ['every required one live', [link('live'), link('live')], 'live'],
    ['one of them paid and followed', [link('live'), link('live', true, true)], undefined],
    ['one suspect', [link('live'), link('suspect')], 'at_risk'],
    ['one degraded', [link('live'), link('degraded')], 'at_risk'],
    ['one lost of two', [link('live'), link('lost')], 'at_risk'],
    ['all lost', [link('lost'), link('lost')], 'lost_link'],
    ['one still expected', [link('live'), link('expected')], undefined],
    ['one required never there', [link('live'), link('rejected')], undefined],
    ['an optional one never there', [link('live', false), link('rejected', false)], 'live'],
    ['only optional ones, lost', [link('lost', false)], 'lost_link'],
    ['an optional one suspect beside a required live one', [link('live'), link('suspect', false)], 'live'],
    ['a closed one beside a live one', [link('live'), link('closed')], 'live'],
    ['only closed ones', [link('closed')], undefined],
  ] as const)('%s', (_, links, stage) => {
    expect(stageOfLinks(links)).toBe(stage);
  });
});

describe('the end of the term', () => {
  const ended: PipelineEvent = { kind: 'term_ended', backlinkId: 'link' };

  it.each<[string, World, string[]]>([
    ['completes the card of its only link', { card: 'live', link: 'live' }, ['card > completed', 'link > closed']],
    [
      'leaves nothing running',
      { card: 'live', enrollment: 'active', message: 'scheduled', link: 'live' },
      ['card > completed', 'enrollment > stopped', 'link > closed', 'message > cancelled'],
    ],
    ['leaves a card with another live link', { card: 'live', link: 'live', otherLink: 'live' }, ['link > closed']],
    ['does not wait for a link that was never there', { card: 'live', link: 'live', otherLink: 'rejected' }, ['card > completed', 'link > closed']],
    ['says nothing of a link in doubt', { card: 'at_risk', link: 'suspect' }, []],
    ['is no success for a lost link', { card: 'lost_link', link: 'lost' }, ['link > closed']],
  ])('%s', (_, world, expected) => {
    expect(movesOf(ended, world)).toEqual(expected);
  });
});
