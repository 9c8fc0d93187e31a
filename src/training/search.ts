/** Random search (J. Bergstra & Y. Bengio, Random Search for Hyper-Parameter Optimization, 2012): seeded, judged on validation rows. */
import type { SearchSpec } from '../domain/spec.ts';
import { seededRandom } from '../statistics/random.ts';

export type ParameterValues = Readonly<Record<string, number>>;

export interface Trial {
  readonly parameters: ParameterValues;
  /** Log loss or mean squared error on the validation rows. */
  readonly loss: number;
}

/** Kept in the manifest. The first trial is the parameters as they were given. */
export interface Searched {
  readonly judgedBy: 'log-loss' | 'squared-error';
  readonly tried: readonly Trial[];
  /** Index in `tried`. */
  readonly chosen: number;
}

/** The given parameters, then as many draws as the search has trials. */
export function candidates(given: ParameterValues, search: SearchSpec | null, seed: number): ParameterValues[] {
  if (search === null) return [given];
  const { uniform } = seededRandom(seed ^ 0x5ea4c4);
  // By name, so that the order in which the ranges are written changes nothing.
  const ranges = Object.entries(search.ranges).sort(([a], [b]) => (a < b ? -1 : 1));
  const draws = Array.from({ length: search.trials }, () => ({
    ...given,
    ...Object.fromEntries(ranges.map(([name, range]) => [name, drawn(range, uniform())])),
  }));
  return [given, ...draws];
}

/** With six digits, so that a person can write it down and get the same model. */
function drawn({ from, to, scale, whole }: SearchSpec['ranges'][string], uniform: number): number {
  const value = scale === 'log' ? Math.exp(Math.log(from) + uniform * Math.log(to / from)) : from + uniform * (to - from);
  const rounded = whole ? Math.round(value) : Number(value.toPrecision(6));
  return Math.min(to, Math.max(from, rounded));
}
