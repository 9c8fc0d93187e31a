/** A file of everything that a gateway has acknowledged, one JSON line each: what must be found again whatever dies meanwhile. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { OutcomeToPost, PredictionAnswer } from './gateway-client.ts';

export interface Journal {
  /** Unlike that of any other run, so that request ids are. */
  readonly name: string;
  predictions(answers: readonly PredictionAnswer[]): void;
  outcomes(posted: readonly OutcomeToPost[]): void;
  close(): void;
}

export function openJournal(path: string, name: string): Journal {
  const file = openSync(path, 'a');
  const write = (kind: string, entries: readonly object[]) => {
    writeSync(file, entries.map((entry) => `${JSON.stringify({ kind, ...entry })}\n`).join(''));
  };
  return {
    name,
    predictions: (answers) => write('prediction', answers),
    outcomes: (posted) =>
      write(
        'outcome',
        posted.map(({ predictionId, kind: outcome, value }) => ({ predictionId, outcome, value })),
      ),
    close: () => closeSync(file),
  };
}
