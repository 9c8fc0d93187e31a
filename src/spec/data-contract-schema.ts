/** The section dataContract: what a batch of rows must keep, and what a broken rule does. */
import { z } from 'zod';
import { severities } from '../domain/data-contract-spec.ts';
import { listOf, section } from './sections.ts';
import { anyText, columnName, count, flag, fraction, number, oneOf, orNull, positiveCount, someTime, text } from './written-values.ts';

/** Limits of single values, which may be written beside a feature as well. */
export const valueLimits = {
  minimum: orNull(number),
  maximum: orNull(number),
  allowed: orNull(listOf('texts', anyText)),
  pattern: orNull(text),
  maximumNulls: orNull(fraction),
  maximumUnseen: orNull(fraction),
  severity: orNull(oneOf(...severities)),
};

const rule = section({
  column: columnName,
  required: flag.prefault(false),
  ...valueLimits,
  unique: flag.prefault(false),
  distinct: orNull(section({ minimum: orNull(count), maximum: orNull(count) })),
});

const expression = section({ name: text, sql: text, severity: oneOf(...severities).prefault('quarantine') });

/** A comparison that is made unless somebody writes `none`. */
function unlessNone<Schema extends z.ZodType>(schema: Schema) {
  const long = z.preprocess((value) => (value === 'none' ? null : value), schema.nullable());
  return long.meta({ 'x-short': { enum: ['none'] } }).prefault({});
}

/** Rows that come and go cannot be set aside one by one, so a comparison stops or warns. */
const stopOrWarn = oneOf('stop', 'warn');

export const dataContract = section({
  minimumRows: positiveCount.prefault(1_000),
  maximumBadRows: fraction.prefault('1%'),
  // Measured: honest single columns reach 0.78; the length of the call in bank-marketing, which is a leak, 0.89.
  suspiciousAuc: fraction.prefault(0.8),
  rules: listOf('rules', rule).prefault([]),
  expressions: listOf('expressions', expression).prefault([]),
  // Wide, because histories grow and campaigns differ: it is for the export that ran twice, ten times, or for one day only.
  rowCountBand: unlessNone(section({ minimum: number.prefault(0.2), maximum: number.prefault(5), severity: stopOrWarn.prefault('stop') })),
  freshness: orNull(section({ within: someTime, severity: stopOrWarn.prefault('stop') })),
  // Traffic of the last days and a history of months differ for good reasons, so this is only said unless the team wants more.
  servingSkew: unlessNone(
    section({
      psi: number.prefault(0.25),
      minimumPredictions: positiveCount.prefault(1_000),
      severity: stopOrWarn.prefault('warn'),
    }),
  ),
  // The product's "major": a person says whether the world has changed or the data is broken.
  shift: unlessNone(section({ psi: number.prefault(0.25), severity: stopOrWarn.prefault('stop') })),
  labelShift: unlessNone(section({ minimum: number.prefault(0.67), maximum: number.prefault(1.5), severity: stopOrWarn.prefault('stop') })),
});
