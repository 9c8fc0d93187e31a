/** Keeps a server up: when it dies without having been asked to, it is started again on the same port, so that its clients find it. */
import { backoffMs } from './backoff.ts';
import type { RunningServer } from './postgres.ts';

export interface KeptServer<Server extends RunningServer> {
  /** The one that runs now. */
  current(): Server;
  stop(): Promise<void>;
}

/** A server that ran for this long did not die of how it was started. */
const HEALTHY_AFTER_MS = 30_000;

interface Keeping<Server> {
  readonly first: Server;
  restart(): Promise<Server>;
  readonly onLog: (line: string) => void;
}

export function keepUp<Server extends RunningServer>({ first, restart, onLog }: Keeping<Server>): KeptServer<Server> {
  let current = first;
  let stopping = false;
  let failures = 0;
  let starting: Promise<void> = Promise.resolve();

  const watch = (server: Server): void => {
    const began = performance.now();
    void server.gone.then(() => {
      if (stopping) return;
      if (performance.now() - began > HEALTHY_AFTER_MS) failures = 0;
      onLog(`process ${server.pid} ended unexpectedly; starting it again`);
      starting = again();
    });
  };
  const again = async (): Promise<void> => {
    while (!stopping) {
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, backoffMs(failures)));
      if (stopping) return;
      try {
        current = await restart();
        onLog(`runs again (process ${current.pid})`);
        return watch(current);
      } catch (error) {
        onLog(`${error instanceof Error ? error.message : String(error)}; trying again`);
      }
    }
  };
  watch(first);
  return {
    current: () => current,
    stop: async () => {
      stopping = true;
      await starting;
      await current.stop();
    },
  };
}
