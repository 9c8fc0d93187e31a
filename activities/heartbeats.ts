import { mkdir } from 'node:fs/promises';
import { Context } from '@temporalio/activity';

export interface Working {
  readonly signal: AbortSignal;
  /** What the Temporal UI shows as heartbeat details, and what a later attempt can read. */
  progress(details: unknown): void;
}

/**
 * A cancellation comes only with the answer to a heartbeat, and has to be heard within a second. Workers must let heartbeats through this
 * often: left to themselves they keep them back for most of the time-out, 12 of 15 seconds.
 */
export const BEAT_MS = 500;

/**
 * Beats while the work goes on, so that a dead worker is noticed within the heartbeat time-out and a cancellation arrives. The work
 * itself runs off the main thread.
 */
export async function withHeartbeats<Result>(work: (working: Working) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  let details: unknown = 'started';
  const beat = () => context.heartbeat(details);
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await work({
      signal: context.cancellationSignal,
      progress: (latest) => {
        details = latest;
        beat();
      },
    });
  } finally {
    clearInterval(timer);
  }
}

export async function workFolder(workDir: string): Promise<string> {
  await mkdir(workDir, { recursive: true });
  return workDir;
}
