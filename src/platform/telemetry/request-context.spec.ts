import { inRequest, outsideRequests, presentRequestId } from './request-context.js';

describe('the request that work belongs to', () => {
  it('is known to all that the request sets off, and to nothing that only began during it', async () => {
    const seen: Record<string, string | undefined> = {};
    await new Promise<void>((done) => {
      inRequest('one', () => {
        outsideRequests(() =>
          setImmediate(() => {
            seen['outside'] = presentRequestId();
          }),
        );
        setImmediate(() => {
          seen['inside'] = presentRequestId();
          done();
        });
      });
    });

    expect(seen).toEqual({ outside: undefined, inside: 'one' });
    expect(presentRequestId()).toBeUndefined();
  });
});
