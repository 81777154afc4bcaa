import { envelopeExample, envelopeSchema, EVENT_CATALOGUE } from './event-catalogue.js';
import { EVENT_TYPES } from './pipeline-announcements.js';

describe('the catalogue of events', () => {
  it('names every event, and no other', () => {
    expect(Object.keys(EVENT_CATALOGUE).sort()).toEqual([...EVENT_TYPES].sort());
  });

  it.each(EVENT_TYPES)('says what %s means, and shows one', (type) => {
    expect(EVENT_CATALOGUE[type].description).toMatch(/^[A-Z].{9,}[.…]$/);
    expect(envelopeSchema(type)).toMatchObject({ title: type, properties: { type: { const: type } } });
    expect(envelopeExample(type)).toMatchObject({ type, data: { object: { type: expect.any(String), id: expect.any(String) } } });
  });
});
