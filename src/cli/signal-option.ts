import type { Command } from 'commander';

/** For messages that exist both as an update (answered by a worker) and as a signal (kept until there is one). */
export function withSignal(command: Command): Command {
  return command.option('--signal', 'leave the message for the next worker instead of waiting for its answer');
}
