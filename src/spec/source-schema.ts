/** How the source is written: where the rows come from, how they are read, whose they are, and which of them may be used. */
import type { z } from 'zod';
import { sourceFormats } from '../domain/source-format.ts';
import { listOf, orShort, section } from './sections.ts';
import { anyText, columnName, connectionName, count, date, fraction, oneOf, orNull, separator, text, timeZone } from './written-values.ts';

export const source = orShort(
  { type: 'string', description: 'A path, relative to this file' },
  (path) => ({ path }),
  section({
    path: orNull(text),
    format: orNull(oneOf(...sourceFormats)),
    separator: separator.prefault(','),
    decimal: oneOf('.', ',').prefault('.'),
    missing: listOf('texts that mean "missing"', anyText).prefault([]),
    header: orNull(listOf('names of columns', columnName)),
    skipLines: count.prefault(0),
    comparisonPath: orNull(text),
    comparisonSkipLines: orNull(count),
    query: orNull(text),
    connection: orNull(connectionName),
    timeZone: timeZone.prefault('UTC'),
    partialDay: oneOf('keep', 'drop').prefault('keep'),
    key: orNull(listOf('columns', columnName)),
  }),
);

export const consent = section({ column: columnName, allowed: listOf('texts that mean consent', text) });

export const split = section({
  by: orNull(oneOf('time', 'entity', 'given')),
  column: orNull(columnName),
  shares: section({ training: fraction, validation: fraction, calibration: orNull(fraction), comparison: fraction }).prefault({
    training: '60%',
    validation: '10%',
    comparison: '20%',
  }),
  trainingUntil: orNull(date),
  comparisonFrom: orNull(date),
  comparisonUntil: orNull(date),
});

export type WrittenSource = z.output<typeof source>;
export type WrittenSplit = z.output<typeof split>;
