import { processEnvironment } from '../config.ts';
import type { CliContext } from './context.ts';

/** The real process. Ctrl-C and SIGTERM are only intercepted for verbs that look at `signal`; the others just end. */
export function processContext(): CliContext {
  let stopping: AbortController | undefined;
  // `understudy history churn | head` closes the pipe early; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: processEnvironment(),
    cwd: process.cwd(),
    isTTY: process.stdout.isTTY === true,
    get signal() {
      stopping ??= abortedBySignals();
      return stopping.signal;
    },
  };
}

function abortedBySignals(): AbortController {
  const stopping = new AbortController();
  // Once each: a second Ctrl-C ends the process at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  return stopping;
}
