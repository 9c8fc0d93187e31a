/** How features, the inputs they are made of, and tables of events are written. */
import { z } from 'zod';
import { featureTypes, transforms } from '../domain/feature-spec.ts';
import { sourceFormats } from '../domain/source-format.ts';
import { valueLimits } from './data-contract-schema.ts';
import { listOf, orShort, section } from './sections.ts';
import { anyText, columnName, duration, flag, number, oneOf, orNull, positiveCount, separator, someTime, text } from './written-values.ts';

/** `number?` is a number that may be null. */
const typeOnly = (types: readonly string[]) => ({ enum: types.flatMap((type) => [type, `${type}?`]) });
const typed = (short: unknown) =>
  typeof short === 'string' && short.endsWith('?') ? { type: short.slice(0, -1), nullable: true } : { type: short };

const cycles = ['day', 'week', 'month', 'year'] as const;
const waves = ['sine', 'cosine'] as const;

/** Functions of events, as they are written: `count: visits`, `sum: orders.amount`. */
export const aggregates = ['count', 'sum', 'mean', 'min', 'max', 'distinct', 'daysSince'] as const;
/** What makes a feature a derived one; exactly one of them. */
export const derivations = ['ratio', 'log', 'bins', 'recency', 'frequency', 'season', 'cross', 'missing', ...aggregates] as const;

const column = orNull(columnName);
const ofEvents = orNull(text);

const derivation = {
  ratio: orNull(listOf('two columns, the one to divide and the one to divide by', columnName)),
  log: column,
  bins: column,
  edges: orNull(listOf('numbers', number)),
  recency: column,
  frequency: column,
  since: column,
  per: orNull(someTime),
  season: column,
  cycle: orNull(oneOf(...cycles)),
  wave: orNull(oneOf(...waves)),
  cross: orNull(listOf('columns', columnName)),
  missing: column,
  count: ofEvents,
  sum: ofEvents,
  mean: ofEvents,
  min: ofEvents,
  max: ofEvents,
  distinct: ofEvents,
  daysSince: ofEvents,
  window: orNull(someTime),
  otherwise: orNull(number),
};

const feature = orShort(
  typeOnly(featureTypes),
  typed,
  section({
    type: orNull(oneOf(...featureTypes)),
    nullable: orNull(flag),
    transform: orNull(oneOf(...transforms)),
    maxCategories: positiveCount.prefault(30),
    monotone: oneOf('none', 'increasing', 'decreasing').prefault('none').meta({
      description: 'Boosted trees: as the value rises the score never falls, or never rises; a missing value has no place in that order',
    }),
    owner: orNull(text),
    version: positiveCount.prefault(1),
    description: anyText.prefault(''),
    ...derivation,
    ...valueLimits,
  }),
);

export const features = z.record(z.string(), feature, { error: () => 'features by name, such as "age: number"' });

const inputTypes = [...featureTypes, 'time'] as const;
const input = orShort(
  typeOnly(inputTypes),
  typed,
  section({ type: oneOf(...inputTypes), nullable: flag.prefault(false), description: anyText.prefault('') }),
);

export const inputs = z.record(z.string(), input, { error: () => 'inputs by name, such as "signed_up_at: time"' });

const eventTable = section({
  path: orNull(text),
  format: orNull(oneOf(...sourceFormats)),
  separator: orNull(separator),
  decimal: orNull(oneOf('.', ',')),
  query: orNull(text),
  connection: orNull(text),
  entity: columnName,
  time: columnName,
  knownAt: column,
  // A nightly materialisation, and an hour for it to run.
  staleAfter: duration.prefault('25h'),
});

export const events = z.record(z.string(), eventTable, { error: () => 'tables of events by name' });

export type WrittenFeature = z.output<typeof features>[string];
export type WrittenInputs = z.output<typeof inputs>;
export type WrittenEvents = z.output<typeof events>;
