/** The command line in this process, with streams that remember. */
import os from 'node:os';
import { inject } from 'vitest';
import type { ExitCode } from '../../src/cli/context.ts';
import { main } from '../../src/cli/main.ts';

export interface Spoken {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface CommandLine {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Where nothing listens: the discard port is closed on any machine that runs tests. */
export const NOWHERE = '127.0.0.1:9';

/** Runs `understudy <words…>`; words are given one by one, as a shell would hand them over. */
export async function understudy(
  words: readonly string[],
  { env = {}, cwd = os.tmpdir(), signal = new AbortController().signal }: CommandLine = {},
): Promise<Spoken> {
  let out = '';
  let err = '';
  const code = await main(words, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env,
    cwd,
    isTTY: false,
    signal,
  });
  return { code, out, err };
}

/** The environment of somebody who works with this database and the run's Temporal server. */
export function environment(databaseUrl: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    UNDERSTUDY_ACTOR: 'ann@team',
    UNDERSTUDY_STATE: os.tmpdir(),
    ...more,
  };
}
