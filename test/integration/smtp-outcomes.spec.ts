import { accountAt, aMail, smtpSenders } from '../support/smtp-senders.js';

const { startSink, aSender } = smtpSenders();

describe.each([
  ['one command at a time', false],
  ['with PIPELINING', true],
])('what becomes of a mail, %s', (_, pipelining) => {
  const REFUSED_FOR_NOW = { kind: 'refused_temporary' };
  const attempt = async (localPart: string, behaviour?: string) => {
    const sink = await startSink({ pipelining, ...(behaviour && { behaviour }) });
    let begun = 0;
    const sender = aSender();
    const mail = await aMail({ to: { email: `${localPart}@prospect.example` } });
    const outcome = await sender.send(accountAt(sink.port), mail, { onDataBegun: () => (begun += 1) });
    return { outcome, begun, sink, sender };
  };

  it.each([
    ['is acknowledged', 'ok', { kind: 'sent', response: '250 2.0.0 queued' }, { begun: 1, stored: 1 }],
    ['is stored and never acknowledged', 'dropack', { kind: 'unknown', detail: 'Connection closed unexpectedly' }, { begun: 1, stored: 1 }],
    ['is cut off in the middle', 'dropdata', { kind: 'unknown', detail: expect.any(String) }, { begun: 1, stored: 0 }],
    ['loses its connection before DATA', 'dropenvelope', { kind: 'not_begun', detail: 'Connection closed unexpectedly' }, { begun: 0, stored: 0 }],
    [
      'is put off after DATA',
      'data451',
      {
        ...REFUSED_FOR_NOW,
        code: 451,
        enhanced: '4.3.0',
        response: '451 4.3.0 try again in 5 minutes',
        stage: 'content',
        scope: 'recipient',
        retryAfterMs: 300_000,
      },
      { begun: 1, stored: 0 },
    ],
    [
      'meets a server that closes after DATA',
      'data421',
      { ...REFUSED_FOR_NOW, code: 421, enhanced: '4.3.2', response: '421 4.3.2 shutting down', stage: 'content', scope: 'mailbox' },
      { begun: 1, stored: 0 },
    ],
    [
      'is refused after DATA',
      'data554',
      { kind: 'refused_permanent', code: 554, enhanced: '5.7.1', response: '554 5.7.1 refused by policy', stage: 'content', fault: 'sender' },
      { begun: 1, stored: 0 },
    ],
    [
      'goes to nobody',
      'rcpt550',
      { kind: 'refused_permanent', code: 550, enhanced: '5.1.1', response: '550 5.1.1 user unknown', stage: 'recipient', fault: 'address' },
      { begun: 0, stored: 0 },
    ],
    [
      'is greylisted',
      'rcpt450',
      { ...REFUSED_FOR_NOW, code: 450, enhanced: '4.2.0', response: '450 4.2.0 greylisted', stage: 'recipient', scope: 'recipient' },
      { begun: 0, stored: 0 },
    ],
    [
      'meets a server that closes at RCPT',
      'rcpt421',
      { ...REFUSED_FOR_NOW, code: 421, enhanced: '4.3.2', response: '421 4.3.2 shutting down', stage: expect.any(String), scope: 'mailbox' },
      { begun: 0, stored: 0 },
    ],
  ])('that %s', async (_, localPart, expected, { begun, stored }) => {
    const result = await attempt(localPart);

    expect(result.outcome).toEqual(expected);
    expect(result.begun).toBe(begun);
    expect(result.sink.stored).toHaveLength(stored);
  });

  it('that comes from a refused sender', async () => {
    const { outcome, begun } = await attempt('ok', 'from550');

    expect(outcome).toMatchObject({ kind: 'refused_permanent', fault: 'sender', stage: 'sender' });
    expect(begun).toBe(0);
  });

  it('that is acknowledged late', async () => {
    const sink = await startSink({ pipelining });
    const sending = aSender().send(accountAt(sink.port), await aMail({ to: { email: 'slowack@prospect.example' } }));

    await sink.whenStored(1);
    sink.acknowledge();

    expect(await sending).toMatchObject({ kind: 'sent' });
  });

  it('is never sent twice by the sender itself', async () => {
    const { sink, sender } = await attempt('droponce');

    await sender.close();

    expect(sink.stored).toHaveLength(1);
    expect(sink.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(1);
  });
});
