import { effectsOf } from '../../src/domain/pipeline-effects.js';
import type { PipelineEvent } from '../../src/domain/pipeline-events.js';
import type {
  BacklinkFacts,
  Effects,
  EnrollmentFacts,
  MessageFacts,
  Move,
  OpportunityFacts,
  PitchFacts,
  Snapshot,
} from '../../src/domain/pipeline-snapshot.js';

/** What a test says about one card's world; a part left out has no row. Ids: card, enrollment, message, pitch, link, and contact for the person. */
export interface World {
  readonly card?: OpportunityFacts['stage'];
  readonly anotherContactLeft?: boolean;
  readonly contactBlocked?: boolean;
  readonly enrollment?: EnrollmentFacts['state'];
  /** An enrollment of a second contact (other-contact) at the same card. */
  readonly otherEnrollment?: EnrollmentFacts['state'];
  /** In the enrollment when there is one. */
  readonly message?: MessageFacts['state'];
  /** A mail of a person's own to the contact, outside any sequence. */
  readonly looseMessage?: MessageFacts['state'];
  /** A mail to the contact that goes out only while nobody answers. */
  readonly followUp?: MessageFacts['state'];
  readonly waitingOn?: OpportunityFacts['waitingOn'];
  readonly pitch?: PitchFacts['state'];
  readonly link?: BacklinkFacts['state'];
  readonly policyRisk?: boolean;
  readonly otherLink?: BacklinkFacts['state'];
  readonly otherLinkRequired?: boolean;
}

const card = (world: World): OpportunityFacts[] =>
  world.card
    ? [
        {
          id: 'card',
          stage: world.card,
          prospectId: 'site',
          contactBlocked: world.contactBlocked ?? false,
          waitingOn: world.waitingOn ?? null,
          anotherContactLeft: world.anotherContactLeft ?? false,
        },
      ]
    : [];

function mails(world: World, enrollmentId: string | null, pitchId: string | null): MessageFacts[] {
  const toContact = { contactId: 'contact', opportunityId: 'card', enrollmentId: null, pitchId: null };
  return [
    ...(world.message ? [{ ...toContact, id: 'message', state: world.message, enrollmentId, pitchId }] : []),
    ...(world.looseMessage ? [{ ...toContact, id: 'loose', state: world.looseMessage }] : []),
    ...(world.followUp ? [{ ...toContact, id: 'follow-up', state: world.followUp, followUp: true }] : []),
  ];
}

export function snapshotOf(world: World): Snapshot {
  const enrollment = world.enrollment ? 'enrollment' : null;
  const pitch = world.pitch ? 'pitch' : null;
  const link = { opportunityId: 'card', firstLiveAt: null };
  return {
    opportunities: card(world),
    enrollments: [
      ...(world.enrollment ? [{ id: 'enrollment', opportunityId: 'card', contactId: 'contact', state: world.enrollment }] : []),
      ...(world.otherEnrollment ? [{ id: 'other-enrollment', opportunityId: 'card', contactId: 'other-contact', state: world.otherEnrollment }] : []),
    ],
    messages: mails(world, enrollment, pitch),
    pitches: world.pitch ? [{ id: 'pitch', opportunityId: 'card', state: world.pitch }] : [],
    backlinks: [
      ...(world.link ? [{ ...link, id: 'link', state: world.link, required: true, policyRisk: world.policyRisk ?? false }] : []),
      ...(world.otherLink
        ? [{ ...link, id: 'other-link', state: world.otherLink, required: world.otherLinkRequired ?? true, policyRisk: false }]
        : []),
    ],
  };
}

/** What an event does, in short: `card > engaged`, one line a step, in a fixed order. */
export function movesOf(event: PipelineEvent, world: World): string[] {
  return inShort(effectsOf(event, snapshotOf(world)).moves);
}

export function inShort(moves: readonly Move[]): string[] {
  return moves.map((move) => `${move.id} > ${move.to}`).sort();
}

export function effectOn(world: World, event: PipelineEvent): Effects {
  return effectsOf(event, snapshotOf(world));
}
