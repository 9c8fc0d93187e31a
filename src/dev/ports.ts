/** Ports of what we start: the one asked for, the one of the last time, or any free one. */
import net from 'node:net';

export interface WantedPort {
  readonly what: string;
  /** The option that asks for another one, named when this one is taken. */
  readonly option: string;
  readonly asked?: number | undefined;
  /** Kept where possible, so that bookmarks and open terminals go on working. */
  readonly remembered?: number | undefined;
}

export async function choosePort({ what, option, asked, remembered }: WantedPort): Promise<number> {
  if (asked !== undefined) {
    if (!(await isPortTaken(asked))) return asked;
    throw new Error(
      `port ${asked} for ${what} is taken by another program: end that program, or choose another with ${option} (without it a free one is found)`,
    );
  }
  if (remembered !== undefined && !(await isPortTaken(remembered))) return remembered;
  return freePort();
}

async function isPortTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(true));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(false)));
  });
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}
