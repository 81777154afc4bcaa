import type { MachineName } from '../../domain/machines/machine.js';
import { announcementOfFact, announcementsOf } from '../../domain/pipeline-announcements.js';
import type { PipelineEvent } from '../../domain/pipeline-events.js';
import type { NewEvent } from '../../platform/events/outbox.js';
import type { LockedSnapshot, Place } from './pipeline-snapshot.queries.js';
import type { HistoryRow, Occasion } from './pipeline-writer.js';

type Subject = Place & { readonly id: string } & Readonly<Record<string, unknown>>;

const LIST_OF = { opportunity: 'opportunities', enrollment: 'enrollments', message: 'messages', pitch: 'pitches', backlink: 'backlinks' } as const;
/** Ids and page addresses that an event may show of its subject; nothing personal (promise 8). */
const SHOWN = ['opportunityId', 'contactId', 'enrollmentId', 'pitchId', 'prospectId', 'sourceUrl', 'targetUrl'] as const;

/** The rows of a snapshot by machine and id. */
export function subjectOf(now: LockedSnapshot, machine: MachineName, id: string): Subject | undefined {
  const list: readonly (Place & { readonly id: string })[] = now[LIST_OF[machine]];
  return list.find((row) => row.id === id) as Subject | undefined; // same rows, read by name
}

function stateField(machine: MachineName): 'stage' | 'state' {
  return machine === 'opportunity' ? 'stage' : 'state';
}

function eventOf(occasion: Occasion, type: string, subject: Subject, change: { machine: MachineName; from: string | null; to: string }): NewEvent {
  const field = stateField(change.machine);
  const shown = Object.fromEntries(SHOWN.flatMap((name) => (subject[name] === undefined || subject[name] === null ? [] : [[name, subject[name]]])));
  const opportunityId =
    change.machine === 'opportunity' ? subject.id : typeof subject['opportunityId'] === 'string' ? subject['opportunityId'] : null;
  return {
    workspaceId: occasion.actor.workspaceId,
    type,
    at: occasion.at,
    projectId: subject.projectId,
    campaignId: subject.campaignId,
    opportunityId,
    data: {
      object: { type: change.machine, id: subject.id, ...shown, [field]: change.to },
      ...(change.from !== null && { previous: { [field]: change.from } }),
      ...(subject.projectId && { projectId: subject.projectId }),
      ...(opportunityId && { opportunityId }),
      ...(subject.externalRef && { externalRef: subject.externalRef }),
    },
  };
}

/** The public events that a history announces, and what a check saw change on a page: once, with the step that it made if it made one. */
export function eventsOfHistory(occasion: Occasion, history: readonly HistoryRow[], now: LockedSnapshot, event?: PipelineEvent): NewEvent[] {
  const told = stepEvents(occasion, history, now);
  if (event?.kind !== 'link_checked' && event?.kind !== 'link_changed') return told;
  const { backlinkId, changes = [] } = event;
  if (changes.length === 0) return told;
  const subject = subjectOf(now, 'backlink', backlinkId);
  if (!subject) return told;
  const own = told.some(({ type }) => type === 'backlink.changed');
  const state = (event.kind === 'link_checked' ? event.to : null) ?? String(subject['state']);
  const all = own ? told : [...told, eventOf(occasion, 'backlink.changed', subject, { machine: 'backlink', from: null, to: state })];
  return all.map((one) => (one.type === 'backlink.changed' ? { ...one, data: { ...one.data, changes } } : one));
}

function stepEvents(occasion: Occasion, history: readonly HistoryRow[], now: LockedSnapshot): NewEvent[] {
  return history.flatMap((row) => {
    const subject = subjectOf(now, row.machine, row.id);
    if (!subject) return [];
    const wasLive = row.machine === 'backlink' && subject['firstLiveAt'] !== null && subject['firstLiveAt'] !== undefined;
    return announcementsOf({ machine: row.machine, from: row.from, to: row.to, wasLive }).map((type) => eventOf(occasion, type, subject, row));
  });
}

/** The row the fact is about: the message, else the pitch, else the first card it concerns. */
function subjectOfFact(event: PipelineEvent, now: LockedSnapshot): Subject | undefined {
  const message = 'messageId' in event && event.messageId !== null ? subjectOf(now, 'message', event.messageId) : undefined;
  const pitch = 'pitchId' in event && event.pitchId !== null ? subjectOf(now, 'pitch', event.pitchId) : undefined;
  const [card] = now.opportunities;
  return message ?? pitch ?? (card && subjectOf(now, 'opportunity', card.id));
}

/** What the fact is about, by type and id, as every event names it. */
function nameOfFact(facts: Readonly<Record<string, unknown>>): { type?: string; id?: unknown } {
  const type = ['message', 'pitch', 'opportunity', 'contact'].find((one) => typeof facts[`${one}Id`] === 'string');
  return type === undefined ? {} : { type, id: facts[`${type}Id`] };
}

/** The public event of the fact itself: an answer, a bounce, an overdue pitch. */
export function eventOfFact(occasion: Occasion, event: PipelineEvent, now: LockedSnapshot): NewEvent[] {
  const type = announcementOfFact(event.kind);
  if (type === undefined) return [];
  const subject = subjectOfFact(event, now);
  const ofSubject = subject?.['opportunityId'];
  const opportunityId = typeof ofSubject === 'string' ? ofSubject : (now.opportunities[0]?.id ?? null);
  const projectId = subject?.projectId ?? null;
  const facts = Object.fromEntries(Object.entries(event).filter(([name, value]) => (name.endsWith('Id') || name === 'class') && value !== null));
  return [
    {
      id: occasion.eventId, // the same fact told twice is one event
      workspaceId: occasion.actor.workspaceId,
      type,
      at: occasion.at,
      projectId,
      campaignId: subject?.campaignId ?? null,
      opportunityId,
      data: { object: { ...nameOfFact(facts), ...facts }, ...(projectId && { projectId }), ...(opportunityId && { opportunityId }) },
    },
  ];
}
