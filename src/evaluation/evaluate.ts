/**
 * Scores and outcomes into evidence and its verdict. Pure: the same rows give the same bytes, and with them the same digest.
 */
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { GateSpec } from '../domain/spec.ts';
import { combine, inconclusive } from '../domain/verdict.ts';
import { judgeComparisons, type Measured, type Opponent, tooGood } from '../gates/evaluation-gates.ts';
import { compare, type ScoredRows } from './compare.ts';
import { calibrationCurve, rocCurve } from './curves.ts';
import { type SegmentColumn, segmentsOf } from './segments.ts';

export interface EvaluateInput {
  readonly labels: ArrayLike<number>;
  readonly challenger: ArrayLike<number>;
  /** The champion's scores on the same rows; without a champion, the simple baseline: the base rate of the training rows for everybody. */
  readonly opponent: ArrayLike<number> | { readonly baseRate: number };
  readonly segments: readonly SegmentColumn[];
  readonly gates: GateSpec;
}

export type Evaluated = Pick<
  Evidence,
  'family' | 'overall' | 'segments' | 'worstSegment' | 'segmentColumns' | 'fairness' | 'curves' | 'suspicions' | 'verdict'
>;

export function evaluate(input: EvaluateInput): Evaluated {
  const problem = problemWith(input);
  if (problem !== null) return unusable(input, problem);

  const { gates } = input;
  const against: Opponent = 'baseRate' in input.opponent ? 'simple-baseline' : 'champion';
  const rows = scoredRows(input);
  const measured = (name: string, critical: boolean, of: ScoredRows): Measured => {
    const figures = compare(of);
    return { name, critical, ...figures, tooSmall: tooSmall(figures, gates) };
  };
  const segments = input.segments
    .flatMap(segmentsOf)
    .map(({ name, critical, rows: chosen }) => measured(name, critical, picked(rows, chosen)));
  const judged = judgeComparisons(measured('overall', true, rows), segments, { task: 'binary-classification', gates, against });
  const suspicious = tooGood(judged.overall, gates);
  const nothing = nothingMeasured();
  return {
    ...nothing,
    ...judged,
    curves: {
      ...nothing.curves,
      roc: {
        challenger: rocCurve(rows.challenger, rows.labels),
        opponent: against === 'champion' ? rocCurve(rows.opponent, rows.labels) : null,
      },
      calibration: [{ segment: null, version: 'challenger', bins: calibrationCurve(rows.challenger, rows.labels) }],
    },
    suspicions: suspicious === null ? [] : [suspicious],
    verdict: combine([judged.verdict, ...(suspicious === null ? [] : [inconclusive(suspicious)])]),
  };
}

function tooSmall({ rows, positives }: { rows: number; positives: number }, { minimumSegmentClass }: GateSpec): string | null {
  if (Math.min(positives, rows - positives) >= minimumSegmentClass) return null;
  return `${positives} positives and ${rows - positives} negatives are too few to judge by; expected at least ${minimumSegmentClass} of each`;
}

/** What makes the scores no evidence at all. A score that is not a probability must not be quietly ranked with the others. */
function problemWith({ labels, challenger, opponent, segments }: EvaluateInput): string | null {
  const rows = labels.length;
  if (rows === 0) return 'there are no comparison rows that neither version has trained on, so nothing was compared';
  if (challenger.length !== rows) return `expected ${rows} scores of the challenger, found ${challenger.length}`;
  if ('length' in opponent && opponent.length !== rows) return `expected ${rows} scores of the opponent, found ${opponent.length}`;
  const torn = segments.find(({ values }) => values.length !== rows);
  if (torn) return `expected ${rows} values of the segment "${torn.name}", found ${torn.values.length}`;
  const strange = strangeScores(challenger);
  if (strange > 0) return `${strange} of ${rows} scores of the challenger are not probabilities`;
  const opponentStrange = strangeScores('baseRate' in opponent ? [opponent.baseRate] : opponent);
  if (opponentStrange > 0) return `${opponentStrange} scores of the opponent are not probabilities`;
  return Array.from(labels).every((label) => label === 0 || label === 1) ? null : 'expected labels of 0 and 1, found others';
}

function strangeScores(scores: ArrayLike<number>): number {
  return Array.from(scores).filter((score) => !(score >= 0 && score <= 1)).length;
}

function unusable({ labels }: EvaluateInput, problem: string): Evaluated {
  const verdict = inconclusive(problem);
  const positives = Array.from(labels).filter((label) => label === 1).length;
  const counts = { rows: labels.length, entities: labels.length, positives };
  const overall: Comparison = { name: 'overall', critical: true, ...counts, tooSmall: true, figures: [], verdict };
  return { ...nothingMeasured(), overall, verdict };
}

function nothingMeasured(): Omit<Evaluated, 'overall' | 'verdict'> {
  return {
    family: { comparisons: 0, correction: 'nothing was judged' },
    segments: [],
    worstSegment: null,
    segmentColumns: [],
    fairness: [],
    curves: {
      roc: { challenger: [], opponent: null },
      calibration: [],
      gain: { challenger: [], opponent: null },
      deciles: [],
      scores: { edges: [], challenger: [], opponent: null },
    },
    suspicions: [],
  };
}

function scoredRows({ labels, challenger, opponent }: EvaluateInput): ScoredRows {
  return {
    labels: Uint8Array.from(labels),
    challenger: Float64Array.from(challenger),
    opponent: 'baseRate' in opponent ? new Float64Array(labels.length).fill(opponent.baseRate) : Float64Array.from(opponent),
  };
}

function picked(rows: ScoredRows, indexes: readonly number[]): ScoredRows {
  return {
    labels: Uint8Array.from(indexes, (row) => rows.labels[row]!),
    challenger: Float64Array.from(indexes, (row) => rows.challenger[row]!),
    opponent: Float64Array.from(indexes, (row) => rows.opponent[row]!),
  };
}
