/**
 * Latency as a rate: how many more answers of the challenger than of its control arm are slower than a frozen quantile of
 * control. Answers close in time share their slowness, so the variance is taken over batches of time, about their mean (an
 * uncentred one caps z at the root of the number of batches).
 */
import type { Measured } from './always-valid.ts';
import { sum } from './sum.ts';

export interface ExceedanceBatch {
  readonly control: number;
  readonly challenger: number;
  readonly controlOver: number;
  readonly challengerOver: number;
}

/** Four 15-minute batches are an hour; twelve hours of them are enough to see slowness that lasts longer than a batch. */
const COARSER = 4;
const COARSE_BATCHES = 12;

/** Share of the challenger's answers over the limit minus control's. Positive means slower. Null without answers or below two batches. */
export function exceedanceHarm(batches: readonly ExceedanceBatch[]): Measured | null {
  const answers = sum(batches.map(({ challenger }) => challenger));
  const controlAnswers = sum(batches.map(({ control }) => control));
  if (batches.length < 2 || answers === 0 || controlAnswers === 0) return null;
  // Equal arms never are quite equal: without the ratio a small imbalance would look like slowness in time.
  const ratio = answers / controlAnswers;
  const differences = batches.map(({ challengerOver, controlOver }) => challengerOver - ratio * controlOver);
  const variance = Math.max(batchVariance(differences), coarseVariance(differences));
  return { estimate: sum(differences) / answers, standardError: Math.sqrt(variance) / answers };
}

/**
 * How far the share of the challenger's answers over its limit stays below a given share; positive is good. At least as uncertain as
 * independent answers at that share would be: no slow answer at all is not certainty. Null without answers or below two batches.
 */
export function shareSlack(batches: readonly ExceedanceBatch[], share: number): Measured | null {
  const answers = sum(batches.map(({ challenger }) => challenger));
  if (batches.length < 2 || answers === 0) return null;
  const differences = batches.map(({ challenger, challengerOver }) => share * challenger - challengerOver);
  const variance = Math.max(batchVariance(differences), coarseVariance(differences), share * (1 - share) * answers);
  return { estimate: sum(differences) / answers, standardError: Math.sqrt(variance) / answers };
}

/** Variance of the sum of the batches. */
export function batchVariance(differences: readonly number[]): number {
  const mean = sum(differences) / differences.length;
  return (differences.length * sum(differences.map((difference) => (difference - mean) ** 2))) / (differences.length - 1);
}

function coarseVariance(differences: readonly number[]): number {
  const groups = Math.floor(differences.length / COARSER);
  if (groups < COARSE_BATCHES) return 0;
  return batchVariance(Array.from({ length: groups }, (_, group) => sum(differences.slice(group * COARSER, (group + 1) * COARSER))));
}
