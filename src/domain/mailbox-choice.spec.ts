import { chooseByRoom, type MailboxRoom } from './mailbox-choice.js';

const mailbox = (id: string, over: Partial<MailboxRoom> = {}): MailboxRoom => ({ id, connected: true, perDay: 10, waiting: 0, ...over });

describe('the mailbox for a first mail', () => {
  it.each<[string, MailboxRoom[], string | undefined]>([
    ['the first of equals', [mailbox('a'), mailbox('b')], 'a'],
    ['the one with less to do', [mailbox('a', { waiting: 3 }), mailbox('b', { waiting: 2 })], 'b'],
    ['the one whose work takes fewer days', [mailbox('a', { waiting: 3 }), mailbox('b', { waiting: 10, perDay: 40 })], 'b'],
    ['a connected one, however full', [mailbox('a', { connected: false }), mailbox('b', { waiting: 100 })], 'b'],
    ['none where there is none', [], undefined],
  ])('is %s', (_, mailboxes, expected) => {
    expect(chooseByRoom(mailboxes)?.id).toBe(expected);
  });

  it('shares by what each may send', () => {
    const waiting = new Map([
      ['small', 0],
      ['large', 0],
    ]);
    for (let mail = 0; mail < 50; mail += 1) {
      const chosen = chooseByRoom([
        mailbox('small', { perDay: 10, waiting: waiting.get('small') ?? 0 }),
        mailbox('large', { perDay: 40, waiting: waiting.get('large') ?? 0 }),
      ]);
      if (chosen) waiting.set(chosen.id, (waiting.get(chosen.id) ?? 0) + 1);
    }

    expect([...waiting.values()]).toEqual([10, 40]);
  });
});
