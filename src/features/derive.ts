/**
 * How a derived feature is made of the row it belongs to: one pure function, for rows of a snapshot and for requests. A missing
 * operand makes a missing value; so do a division by zero and a logarithm of what is below zero.
 */
import { binOf } from '../domain/reference-profile.ts';
import type { Derivation } from '../domain/feature-spec.ts';
import type { FeatureValue } from './columns.ts';

/** What is computed from a row; aggregates are read. */
export type RowDerivation = Exclude<Derivation, { readonly kind: 'aggregate' }>;

const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const MONDAY_MS = 3 * DAY_MS;
/** What a 32-bit float can hold, as everywhere a number enters. */
const LARGEST = 3.4028234e38;
const BETWEEN = ' × ';

/** The names that a derivation reads, in the order in which `derive` expects their values. */
export function operandsOf(derivation: Derivation): readonly string[] {
  switch (derivation.kind) {
    case 'ratio':
      return [derivation.of, derivation.to];
    case 'frequency':
      return [derivation.of, derivation.since];
    case 'cross':
      return derivation.of;
    case 'log':
    case 'bins':
    case 'missing':
    case 'recency':
      return [derivation.of];
    case 'season':
      return derivation.of === null ? [] : [derivation.of];
    case 'aggregate':
      return [];
  }
}

/** `at` is when the score is (or would have been) asked for, in milliseconds since 1970; NaN when nobody knows. */
export function derive(derivation: RowDerivation, operands: readonly FeatureValue[], at: number): FeatureValue {
  const [first = null, second = null] = operands;
  switch (derivation.kind) {
    case 'ratio':
      return bounded(numberOf(first) / (numberOf(second) || Number.NaN));
    case 'log':
      return numberOf(first) >= 0 ? bounded(Math.log1p(numberOf(first))) : null;
    case 'bins':
      return first === null ? null : String(binOf(derivation.edges, numberOf(first)));
    case 'recency':
      return bounded((at - numberOf(first)) / DAY_MS);
    case 'frequency':
      return bounded((numberOf(first) * derivation.days) / Math.max(1, (at - numberOf(second)) / DAY_MS));
    case 'season':
      return waveOf(derivation, derivation.of === null ? at : numberOf(first));
    case 'cross':
      return operands.includes(null) ? null : operands.map(String).join(BETWEEN);
    case 'missing':
      return first === null;
  }
}

function waveOf({ cycle, wave }: Extract<Derivation, { kind: 'season' }>, ms: number): number | null {
  const angle = 2 * Math.PI * placeIn(cycle, ms);
  return bounded(wave === 'sine' ? Math.sin(angle) : Math.cos(angle));
}

/** 0 at the start of the day, week (Monday), month or year, in UTC, up to 1 at its end. */
function placeIn(cycle: 'day' | 'week' | 'month' | 'year', ms: number): number {
  if (Number.isNaN(ms)) return Number.NaN;
  if (cycle === 'day') return modulo(ms, DAY_MS) / DAY_MS;
  if (cycle === 'week') return modulo(ms + MONDAY_MS, 7 * DAY_MS) / (7 * DAY_MS);
  const time = new Date(ms);
  const [year, month] = [time.getUTCFullYear(), time.getUTCMonth()];
  const [from, until] = cycle === 'month' ? [utc(year, month), utc(year, month + 1)] : [utc(year, 0), utc(year + 1, 0)];
  return (ms - from) / (until - from);
}

/** Date.UTC takes the years 0 to 99 for those of the last century. */
function utc(year: number, month: number): number {
  const time = new Date(0);
  return time.setUTCFullYear(year, month, 1);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function numberOf(value: FeatureValue): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** Null for what is no number; adding 0 makes −0, which JSON cannot carry, a plain 0. */
function bounded(value: number): number | null {
  return Number.isNaN(value) ? null : Math.max(-LARGEST, Math.min(LARGEST, value)) + 0;
}
