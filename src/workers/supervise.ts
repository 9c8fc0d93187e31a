import type { Worker } from '@temporalio/worker';

export interface WorkerHandle {
  /** Resolves when the worker has stopped and everything it held is released. */
  readonly run: Promise<void>;
  /** Asks for a clean stop: running activities get the grace time, then they go on elsewhere. */
  stop(): void;
}

export function superviseRun(worker: Worker, release: () => Promise<void>): WorkerHandle {
  const run = worker.run().finally(release);
  return {
    run,
    stop: () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}
