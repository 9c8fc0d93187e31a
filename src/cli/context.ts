/** What a verb may touch of the process around it: streams, environment, folder. Tests hand in their own. */
import type { Environment } from '../config.ts';

interface Writer {
  write(text: string): unknown;
}

export interface CliContext {
  /** Results, and nothing else. */
  readonly stdout: Writer;
  /** Progress, refusals, failures. */
  readonly stderr: Writer;
  readonly env: Environment;
  readonly cwd: string;
  /** Whether a person looks at stdout: colours, progress bars. */
  readonly isTTY: boolean;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** 0: done; 1: refused or failed; 2: misuse. */
export type ExitCode = 0 | 1 | 2;

/** A verb that has printed its own answer and only has to end with another code than 0. */
export class Exit extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode) {
    super(`exit code ${code}`);
    this.name = 'Exit';
    this.code = code;
  }
}

/** The request cannot be answered as it stands: one sentence with what is possible instead, exit code 1. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The command line itself makes no sense: one sentence, exit code 2. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}
