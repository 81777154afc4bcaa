import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * The addresses of a host that mail may be handed to. Rejects when the host is unknown or stands on an inner address
 * that is not allowed.
 */
export type ResolveMailHost = (host: string, port: number) => Promise<readonly string[]>;

/**
 * Connects to the first address that answers. The name is resolved once and the connection goes to what was checked,
 * so a name that changes its address in between reaches nothing inside (architecture promise 7).
 */
export async function connectPinned(
  target: { readonly host: string; readonly port: number },
  resolve: ResolveMailHost,
  timeoutMs: number,
): Promise<Socket> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const addresses = await Promise.race([resolve(target.host, target.port), aborted(deadline)]);
  let failure = new Error(`${target.host} has no address`);
  for (const address of addresses) {
    try {
      return await connectOnce(address, target.port, deadline);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      if (deadline.aborted) break;
    }
  }
  throw failure;
}

async function connectOnce(address: string, port: number, deadline: AbortSignal): Promise<Socket> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, 'connect', { signal: deadline });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined); // a late one must not end the process
    socket.destroy();
    throw deadline.aborted ? new Error(`no connection to port ${port} in time`) : error;
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  await once(signal, 'abort');
  throw new Error('the host name was not resolved in time');
}
