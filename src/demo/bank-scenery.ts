/**
 * The bank's calls, from a real file: UCI Bank Marketing, in the order of time. It is cut where its year first changes, between December
 * 2008 and March 2009, when interest rates had fallen and other people were called, by other telephones.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Place, Scenery } from './scenery.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const SPEC = 'examples/bank-marketing/bank-marketing.yaml';

export interface BankCalls {
  readonly header: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Refuses a file that is another one, with a sentence. */
export async function readBankCalls(file: string): Promise<BankCalls> {
  const [header = '', ...lines] = (await readFile(file, 'utf8')).split(/\r?\n/);
  const columns = fieldsOf(header);
  const [month, duration] = [columns.indexOf('month'), columns.indexOf('duration')];
  const expected = `${file} is not the bank's file: expected bank-additional-full.csv of UCI Bank Marketing, separated by ";"`;
  if (month < 0 || duration < 0 || !columns.includes('y'))
    throw new Error(`${expected}, found the columns ${columns.slice(0, 8).join(', ')}`);
  const rows = lines.filter((line) => line !== '');
  const place = (row: string) => MONTHS.indexOf(fieldsOf(row)[month] ?? '');
  const cut = rows.findIndex((row, index) => index > 0 && place(row) < place(rows[index - 1]!));
  if (cut < 1_000 || rows.length - cut < 1_000)
    throw new Error(`${expected}, found ${rows.length} rows of which no two years follow each other`);
  return { header, before: rows.slice(0, cut), after: rows.slice(cut) };
}

export function bankScenery(calls: BankCalls): Scenery {
  const durationAt = fieldsOf(calls.header).indexOf('duration');
  /** Before a call nobody knows how long it will be: the application's form says 0. */
  const beforeTheCall = (row: string) => row.split(';').with(durationAt, '0').join(';');
  const write = ({ dataDir }: Place, name: string, rows: readonly string[]) =>
    writeFile(path.join(dataDir, name), `${[calls.header, ...rows].join('\n')}\n`);
  return {
    model: 'bank-marketing',
    spec: SPEC,
    settings: [
      // The plan asks for very many outcomes, because the two models are so unlike each other; the judge needs far fewer to be sure of it.
      { path: 'rollout.step.maturedOutcomes', value: '600' },
      { path: 'split.by', value: 'entity' },
      { path: 'split.trainingUntil', value: 'null' },
      { path: 'split.comparisonFrom', value: 'null' },
    ],
    tempting: {
      spec: SPEC,
      settings: [
        { path: 'features.duration', value: 'number' },
        { path: 'knownAfterOutcome', value: '[]' },
      ],
    },
    dataFile: 'bank-marketing.csv',
    prepare: async (place, era) => {
      await write(place, 'bank-marketing.csv', calls[era]);
      if (era === 'after') return;
      await write(place, 'calls-before.csv', calls.before.map(beforeTheCall));
      await write(place, 'calls-after.csv', calls.after.map(beforeTheCall));
    },
    simulate: ({ dataDir }, era) => ['--data', path.join(dataDir, `calls-${era}.csv`), '--seed', era === 'before' ? '11' : '12'],
    words: WORDS,
  };
}

const WORDS: Scenery['words'] = {
  people: 'customers',
  opening: [
    'The file is real: calls of a bank from May 2008, in order. Its first year is what the team has; the second comes later.',
    'Honestly compared by time, a model of summer 2008 is worse than guessing in autumn (AUC 0.41 to 0.47): the months hide in the interest rates.',
    'So this story compares on other customers of the same months (split.by: entity), which flatters; what comes next shows how much.',
  ],
  traffic: 'what its customers say comes back seconds later.',
  shift:
    'It is 2009. Interest rates have fallen, and people are called on their mobile phones. By the next night the data file holds its first months.',
  confirmed: 'the crisis is real',
  temptation: 'duration, the length of the call, predicts wonderfully who says yes: whoever says no hangs up.',
  temptedBy: 'duration looks great',
  live: 'Before the call its length is 0.',
  closing: ['On paper the model of 2008 was better than guessing; in 2009 it was far worse. The watch saw it, and the rollout mended it.'],
};

function fieldsOf(row: string): string[] {
  return row.split(';').map((field) => field.replaceAll('"', '').trim());
}
