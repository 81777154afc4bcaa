import { threadHeaders, type ThreadMail } from './mail-thread.js';

const mail = (over: Partial<ThreadMail>): ThreadMail => ({ rfcMessageId: 'a@shop.example', referenceIds: [], subject: 'Tea', ...over });

describe('threadHeaders', () => {
  it('begins a thread with a subject of its own', () => {
    expect(threadHeaders([], 'Tea')).toEqual({ subject: 'Tea', inReplyTo: null, referenceIds: [] });
  });

  it('answers the last mail under its subject', () => {
    const before = [mail({}), mail({ rfcMessageId: 'b@shop.example', referenceIds: ['a@shop.example'], subject: 'Re: Tea' })];

    expect(threadHeaders(before, 'Something else')).toEqual({
      subject: 'Re: Tea',
      inReplyTo: 'b@shop.example',
      referenceIds: ['a@shop.example', 'b@shop.example'],
    });
  });

  it('goes on with the thread that a mail in between began', () => {
    const before = [mail({}), mail({ rfcMessageId: 'b@shop.example', subject: 'Coffee' })];

    expect(threadHeaders(before, 'x')).toEqual({ subject: 'Re: Coffee', inReplyTo: 'b@shop.example', referenceIds: ['b@shop.example'] });
  });

  it('never says Re: twice', () => {
    expect(threadHeaders([mail({ subject: 'RE: Tea' })], 'x').subject).toBe('RE: Tea');
  });

  it('keeps the first and the last ids of a long thread', () => {
    const ids = Array.from({ length: 40 }, (_, at) => `${at}@shop.example`);

    const { referenceIds } = threadHeaders([mail({ rfcMessageId: 'last@shop.example', referenceIds: ids })], 'x');

    expect(referenceIds).toHaveLength(20);
    expect([referenceIds[0], referenceIds.at(-1)]).toEqual(['0@shop.example', 'last@shop.example']);
  });
});
