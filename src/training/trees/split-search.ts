/**
 * The best split of one leaf on one feature, from its histogram: the gain of T. Chen & C. Guestrin, XGBoost (2016), eq. 7, without
 * the half. Missing values are tried on both sides. Monotone constraints: a split whose sides would answer in the wrong order is
 * none, and answers stay within the bounds that splits above have set.
 */
import { BINS, MOST_BINS } from './bins.ts';
import { FIGURES, figure, type Memory } from './memory.ts';
import { GRADIENT, scalesIn } from './packing.ts';

export interface LeafSums {
  /** Where its histogram begins. */
  readonly slot: number;
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
  /** Bounds of the answer. */
  readonly low: number;
  readonly high: number;
}

export interface SearchLimits {
  readonly l2: number;
  readonly minimumRows: number;
  readonly minimumGain: number;
}

/** Less weight than this cannot carry an answer; as LightGBM has it. */
const LEAST_HESSIAN = 1e-3;
/** The bin of what is missing. */
export const MISSING_BIN = MOST_BINS;

export function answerOf(gradient: number, hessian: number, l2: number, { low, high }: Pick<LeafSums, 'low' | 'high'>): number {
  return Math.max(low, Math.min(high, -gradient / (hessian + l2)));
}

/** Writes its figures to `memory.figures` at `at`; a gain of 0 means that there is none. */
export function searchFeature(memory: Memory, leaf: LeafSums, place: { feature: number; at: number }, limits: SearchLimits): void {
  const { figures, edgeCounts, hasMissing, monotone, histograms } = memory;
  const { feature, at } = place;
  const first = leaf.slot + feature * BINS;
  const missing = first + MISSING_BIN;
  const isMissingHere = hasMissing[feature] === 1 && histograms[missing] !== 0;
  const constrained = monotone[feature] !== 0 || leaf.low !== -Infinity || leaf.high !== Infinity;
  const out = at * FIGURES;
  figures[out + figure.gain] = 0;
  const edges = edgeCounts[feature]!;
  if (isMissingHere) {
    // One more than there are edges: all values left, all that is missing right.
    scan(memory, leaf, { feature, out, first, edges: edges + 1, shift: -1, constrained }, limits);
    scan(memory, leaf, { feature, out, first, edges, shift: missing, constrained }, limits);
    return;
  }
  scan(memory, leaf, { feature, out, first, edges, shift: -1, constrained }, limits);
  // Nothing is missing here, so what is missing later goes with the larger side.
  if (figures[out + figure.gain]! > 0) figures[out + figure.missingLeft] = figures[out + figure.hessian]! * 2 > leaf.hessian ? 1 : 0;
}

interface Scan {
  readonly feature: number;
  readonly out: number;
  readonly first: number;
  readonly edges: number;
  /** Where the sums of what is missing lie if they count to the left; -1: to the right. */
  readonly shift: number;
  readonly constrained: boolean;
}

function scan(memory: Memory, leaf: LeafSums, scanned: Scan, limits: SearchLimits): void {
  const { histograms, figures, monotone } = memory;
  const scales = scalesIn(memory);
  const [gradientUnit, hessianUnit] = [1 / scales.gradient, 1 / scales.hessian];
  const { first, edges, shift, out, constrained, feature } = scanned;
  const { gradient, hessian, rows } = leaf;
  const { l2, minimumRows, minimumGain } = limits;
  const direction = monotone[feature]!;
  // Rows are not counted bin by bin, which would cost as much again; the hessians tell their number closely enough, and
  // `growTree` counts when the split is made.
  const least = minimumRows <= 1 ? LEAST_HESSIAN : Math.max(LEAST_HESSIAN, ((minimumRows - 0.5) * hessian) / rows);
  const parent = constrained ? worth(gradient, hessian, l2, leaf) : (gradient * gradient) / (hessian + l2);
  // What rounding alone can gain is no gain.
  let best = Math.max(figures[out + figure.gain]!, minimumGain, 1e-12 * (1 + Math.abs(parent)));
  let sum = shift < 0 ? 0 : histograms[shift]!;
  for (let bin = 0; bin < edges; bin++) {
    sum += histograms[first + bin]!;
    const gradients = Math.floor(sum / GRADIENT);
    const h = (sum - gradients * GRADIENT) * hessianUnit;
    if (h < least) continue;
    const otherH = hessian - h;
    if (otherH < least) break;
    const g = gradients * gradientUnit;
    const otherG = gradient - g;
    let gain: number;
    if (constrained) {
      const leftAnswer = answerOf(g, h, l2, leaf);
      const rightAnswer = answerOf(otherG, otherH, l2, leaf);
      if (direction * (rightAnswer - leftAnswer) < 0) continue;
      gain = worthOf(leftAnswer, g, h, l2) + worthOf(rightAnswer, otherG, otherH, l2) - parent;
    } else gain = (g * g) / (h + l2) + (otherG * otherG) / (otherH + l2) - parent;
    if (gain > best) {
      best = gain;
      figures[out + figure.gain] = gain;
      figures[out + figure.bin] = bin;
      figures[out + figure.missingLeft] = shift < 0 ? 0 : 1;
      figures[out + figure.gradient] = g;
      figures[out + figure.hessian] = h;
    }
  }
}

/** What an answer takes off twice the objective. */
function worthOf(answer: number, gradient: number, hessian: number, l2: number): number {
  return -(2 * gradient * answer + (hessian + l2) * answer * answer);
}

function worth(gradient: number, hessian: number, l2: number, leaf: LeafSums): number {
  return worthOf(answerOf(gradient, hessian, l2, leaf), gradient, hessian, l2);
}
