import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where the server stands unless another port is asked for. */
export const usualPort = 6464;
/** So many ports after it are tried where it is taken. */
const MORE = 20;

/**
 * Starts a server on the loopback address alone.
 *
 * @param port 0 is any free one; left out: the usual one, or the next that is free
 * @returns the address for a browser
 * @throws where the port, or each of those that were tried, is taken or not allowed.
 */
export async function listen(server: Server, port?: number): Promise<string> {
  const last = port === undefined ? usualPort + MORE : port;
  for (let next = port ?? usualPort; ; next++) {
    try {
      await listening(server, next);
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && next < last) continue;
      const what = code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${message})`;
      throw new Error(`port: got ${next}, which ${what}; takes a free one, and 0 for any`, {
        cause: error,
      });
    }
  }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
