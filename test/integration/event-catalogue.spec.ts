import { envelopeExample } from '../../src/domain/event-catalogue.js';
import { EVENT_TYPES, type EventType } from '../../src/domain/pipeline-announcements.js';
import { faultsOf } from '../support/catalogued-events.js';

describe('the schemas of events', () => {
  const example = (type: EventType) => structuredClone(envelopeExample(type)) as { type: string; data: { object: Record<string, unknown> } };

  it.each(EVENT_TYPES)('accept the example of %s', (type) => {
    expect(faultsOf(example(type))).toEqual([]);
  });

  it.each(EVENT_TYPES)('refuse %s without an object, with an id that is none, and with what they do not name', (type) => {
    const [bare, odd, more] = [example(type), example(type), example(type)];
    Reflect.deleteProperty(bare.data, 'object');
    odd.data.object['id'] = 'seven';
    more.data.object['email'] = 'ada@tea.example';

    expect(faultsOf(bare)).not.toEqual([]);
    expect(faultsOf(odd)).not.toEqual([]);
    expect(faultsOf(more)).not.toEqual([]);
  });

  it('know no event of another name', () => {
    expect(faultsOf({ type: 'backlink.gone' })).toEqual(['backlink.gone is not in the catalogue']);
  });
});
