/**
 * What one look at a champion measures: its newest window of traffic beside the reference it was released with. Counts and rows
 * only; the monitoring gate turns them into statistics.
 */
import type { Histogram, NumberHistogram } from './reference-profile.ts';

export interface WatchFigures {
  readonly asOf: string;
  readonly windowMs: number;
  /** Predictions that the champion answered in the window. */
  readonly predictions: number;
  /** Predictions in a usual window of the same length; null while there is no history. */
  readonly usualPredictions: number | null;
  /** Answers in the window that were not the champion's own score: it failed, was not loaded, or a default was given. */
  readonly errors: number;
  readonly latency: { readonly p95Ms: number | null; readonly limitMs: number };
  /** Predictions behind the histograms, a bounded sample of the window, and how many different entities made them. */
  readonly sample: { readonly predictions: number; readonly entities: number };
  /** Both histograms of a feature have the same edges or categories; live values outside the reference's categories are `other`. */
  readonly features: readonly { readonly feature: string; readonly reference: Histogram; readonly current: Histogram }[];
  /** Null while nothing was scored. */
  readonly score: { readonly reference: NumberHistogram; readonly current: NumberHistogram } | null;
  /** First prediction of each entity whose maturity window has passed, newest first and bounded. Arrays of equal length; labels are 0 or 1, or of a regression the number. */
  readonly matured: { readonly labels: readonly number[]; readonly scores: readonly number[] };
}

const watchFindingKinds = ['drift', 'score-drift', 'performance', 'volume', 'errors', 'latency'] as const;

export interface WatchFinding {
  readonly kind: (typeof watchFindingKinds)[number];
  readonly feature?: string;
  readonly value: number;
  readonly limit: number;
  readonly sentence: string;
}
