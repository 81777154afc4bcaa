import { alarmCodeOf, type RefusalOfSender } from './mailbox-alarm.js';

const refusal = (over: Partial<RefusalOfSender>): RefusalOfSender => ({ code: 554, enhanced: '5.7.1', stage: 'content', fault: 'sender', ...over });

describe('alarmCodeOf', () => {
  it.each<[string, Partial<RefusalOfSender>, string]>([
    ['policy', {}, '5.7.1'],
    ['a sender that is refused', { code: 550, enhanced: '5.1.8', stage: 'sender' }, '5.1.8'],
    ['a block without an enhanced code', { enhanced: undefined }, '554'],
    ['a missing reverse name', { code: 421, enhanced: '4.7.23', fault: undefined }, '4.7.23'],
    ['a From line that is not aligned', { code: 451, enhanced: '4.7.32', fault: undefined }, '4.7.32'],
  ])('names the code of %s', (_, over, code) => {
    expect(alarmCodeOf(refusal(over))).toBe(code);
  });

  it.each<[string, Partial<RefusalOfSender>]>([
    ['a login that is refused', { code: 535, enhanced: '5.7.8', stage: 'session' }],
    ['an unknown recipient', { code: 550, enhanced: '5.1.1', fault: 'address' }],
    ['a full mailbox', { code: 552, enhanced: '5.2.2', fault: 'other' }],
    ['greylisting', { code: 450, enhanced: '4.7.1', fault: undefined }],
    ['the code beside the range', { code: 421, enhanced: '4.7.33', fault: undefined }],
    ['a server that closes', { code: 421, enhanced: undefined, fault: undefined }],
  ])('is silent about %s', (_, over) => {
    expect(alarmCodeOf(refusal(over))).toBeUndefined();
  });
});
