/**
 * How single values are written in a spec. Each says what it expects, because that text is the error; what was found, and on which
 * line, is added by whoever knows the file.
 */
import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { type ModelName, modelName, type ShareBps, shareBps } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';

/** What was probably meant, when the value cannot be read. */
type Offer = (value: unknown) => string | undefined;

function written<Value>(
  expected: string,
  read: (value: unknown) => Value | undefined,
  jsonSchema: Record<string, unknown>,
  offer: Offer = () => undefined,
) {
  return z
    .unknown()
    .transform((value, context): Value => {
      const found = read(value);
      if (found !== undefined) return found;
      context.addIssue({ code: 'custom', message: expected, params: { offer: offer(value) } });
      return z.NEVER;
    })
    .meta({ description: expected, ...jsonSchema });
}

const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const isFraction = (value: number) => value >= 0 && value <= 1;
const numberIf = (value: unknown, holds: (value: number) => boolean) =>
  typeof value === 'number' && Number.isFinite(value) && holds(value) ? value : undefined;

/** Labels and categories are compared as texts, so `positive: 1` is the text "1". */
export const text = written('a text', (value) => (isScalar(value) && String(value) !== '' ? String(value) : undefined), {
  type: ['string', 'number', 'boolean'],
});
export const anyText = written('a text', (value) => (isScalar(value) ? String(value) : undefined), {
  type: ['string', 'number', 'boolean'],
});
export const columnName = written(
  'the name of a column',
  (value) => (isScalar(value) && String(value) !== '' ? String(value) : undefined),
  {
    type: 'string',
  },
);
export const entity = written(
  'the name of a column, or row-number',
  (value): Spec['entity'] | undefined => {
    if (!isScalar(value) || String(value) === '') return undefined;
    return value === 'row-number' ? { kind: 'row-number' } : { kind: 'column', column: String(value) };
  },
  { type: 'string' },
);
export const flag = written('true or false', (value) => (typeof value === 'boolean' ? value : undefined), { type: 'boolean' });
export const number = written('a number', (value) => numberIf(value, () => true), { type: 'number' });
export const count = written('a whole number of at least 0', (value) => numberIf(value, (n) => Number.isInteger(n) && n >= 0), {
  type: 'integer',
  minimum: 0,
});
export const positiveCount = written('a whole number of at least 1', (value) => numberIf(value, (n) => Number.isInteger(n) && n >= 1), {
  type: 'integer',
  minimum: 1,
});
export const outcomesNeeded = written(
  'a whole number of at least 0, or planned',
  (value): number | 'planned' | undefined => (value === 'planned' ? value : numberIf(value, (n) => Number.isInteger(n) && n >= 0)),
  { anyOf: [{ type: 'integer', minimum: 0 }, { const: 'planned' }] },
);
export const separator = written(
  'a single character such as "," or ";"',
  (value) => (typeof value === 'string' && value.length === 1 && !/["\r\n\0\u0080-\uffff]/.test(value) ? value : undefined),
  { type: 'string', minLength: 1, maxLength: 1 },
);

/** `positive: [">50K", ">50K."]`: a source that writes one thing in several ways. */
export const textOrTexts = written(
  'a text or several',
  (value): readonly string[] | undefined => {
    const texts = Array.isArray(value) ? value : [value];
    return texts.length > 0 && texts.every((each) => isScalar(each) && String(each) !== '') ? texts.map(String) : undefined;
  },
  { type: ['string', 'number', 'boolean', 'array'], items: { type: ['string', 'number', 'boolean'] } },
);
export const connectionName = written(
  'the name of a connection: lower-case letters, digits and dashes',
  (value) => (typeof value === 'string' && /^[a-z][a-z0-9-]{0,62}$/.test(value) ? value : undefined),
  { type: 'string', pattern: '^[a-z][a-z0-9-]{0,62}$' },
);
export const timeZone = written(
  'a time zone such as Europe/Berlin, or UTC',
  (value) => (typeof value === 'string' && isTimeZone(value) ? value : undefined),
  { type: 'string' },
);

function isTimeZone(name: string): boolean {
  try {
    // Offsets are no zones: they know nothing of summer time.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

export const model = written(
  'a name of lower-case letters, digits, dots and dashes',
  (value): ModelName | undefined => {
    try {
      return typeof value === 'string' ? modelName(value) : undefined;
    } catch {
      return undefined;
    }
  },
  { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' },
);

/** `48 hours` is meant to be `48h`. */
const shortDuration: Offer = (value) => {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(milli|[smhdw])[a-z]*$/i.exec(value.trim()) : null;
  return match ? `${match[1]}${match[2]!.toLowerCase().replace('milli', 'ms')}` : undefined;
};

export const duration = written(
  'a duration such as 500ms, 10s, 15m, 48h or 30d',
  (value) => (typeof value === 'string' ? parseDuration(value) : value === 0 ? 0 : undefined),
  { type: ['string', 'integer'], pattern: '^\\d+(\\.\\d+)?\\s*(ms|s|m|h|d|w)$', maximum: 0, minimum: 0 },
  shortDuration,
);
export const someTime = written(
  'a duration above zero such as 10m',
  (value) => (typeof value === 'string' ? parseDuration(value) || undefined : undefined),
  { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s*(ms|s|m|h|d|w)$' },
  shortDuration,
);

const percentage = (value: unknown): number | undefined => {
  if (typeof value === 'number') return numberIf(value, isFraction);
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value.trim()) : null;
  // In thousandths of a percent, so that 0.07 % is not 0.0007000000000000001.
  return match ? numberIf(Math.round(Number(match[1]) * 1e6) / 1e8, isFraction) : undefined;
};
const percentageJson = { type: ['string', 'number'], pattern: '^\\d+(\\.\\d+)?\\s*%$', minimum: 0, maximum: 1 };

/** Nobody who writes 5 means five times everything. */
const percentMeant: Offer = (value) => (typeof value === 'number' && value > 1 && value <= 100 ? `${value}%` : undefined);

/** A fraction between 0 and 1. */
export const fraction = written('a share such as 5% or 0.05', percentage, percentageJson, percentMeant);
export const share = written(
  'a share of the traffic such as 5% or 0.05',
  (value): ShareBps | undefined => {
    const bps = (percentage(value) ?? Number.NaN) * 10_000;
    // Shares are kept in hundredths of a percent.
    return Math.abs(bps - Math.round(bps)) < 1e-6 ? shareBps(Math.round(bps)) : undefined;
  },
  percentageJson,
  percentMeant,
);

/** A real day of the calendar: 2008-02-30 is none. */
export const date = written(
  'a date such as 2008-12-31',
  (value) => {
    if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return undefined;
    const at = new Date(`${value}T00:00:00Z`);
    return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value) ? value : undefined;
  },
  { type: 'string', format: 'date' },
);

/** One of a few words; the message names them, and the nearest is offered. */
export function oneOf<const Names extends readonly string[]>(...names: Names) {
  return z
    .unknown()
    .transform((value, context): Names[number] => {
      if (names.includes(value as string)) return value as Names[number];
      context.addIssue({
        code: 'custom',
        message: names.length === 1 ? names[0]! : `one of ${names.join(', ')}`,
        params: { known: names },
      });
      return z.NEVER;
    })
    .meta({ enum: names });
}

/** Absent is null: the parsed spec has no missing fields. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().prefault(null);
}
