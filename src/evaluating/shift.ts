/** How far the comparison rows are from what the champion learned on: population stability over the bins of its own profile. */
import type { Evidence } from '../domain/evidence.ts';
import { binOf, type Histogram } from '../domain/reference-profile.ts';
import type { Task } from '../domain/spec.ts';
import type { Column } from '../features/columns.ts';
import { type DatedRows, withDerived } from '../features/derived-values.ts';
import { distributionShift } from '../statistics/distribution-shift.ts';
import type { Manifest } from '../training/manifest.ts';

export interface ShiftRows extends DatedRows {
  readonly targets: Float64Array;
  /** The champion's. */
  readonly scores: Float64Array;
}

export function shiftSince(task: Task, { encoder, referenceProfile }: Manifest, rows: ShiftRows): Evidence['shift'] {
  const columns = withDerived(encoder, rows, encoder.missingTexts);
  const features = referenceProfile.features.flatMap(({ feature, histogram }) => {
    const column = columns.get(feature);
    const moved = column === undefined ? null : distributionShift(histogram, countedLike(histogram, column));
    return moved === null ? [] : [{ feature, psi: moved.index }];
  });
  const scores = distributionShift(referenceProfile.score, countedLike(referenceProfile.score, rows.scores));
  return {
    classes: classesOf(task, referenceProfile.baseRate, rows.targets),
    scores: scores === null ? null : { psi: scores.index },
    features: features.sort((a, b) => b.psi - a.psi || (a.feature < b.feature ? -1 : 1)),
  };
}

function countedLike(like: Histogram, column: Column): Histogram {
  if (like.kind === 'category') {
    const found = new Map<string, number>();
    let nulls = 0;
    for (const value of column) {
      if (value === null || Number.isNaN(value)) nulls += 1;
      else found.set(String(value), (found.get(String(value)) ?? 0) + 1);
    }
    return { kind: 'category', counts: [...found].map(([value, count]) => ({ value, count })), other: 0, nulls };
  }
  const counts = new Array<number>(like.counts.length).fill(0);
  let nulls = 0;
  for (const value of column) {
    if (typeof value !== 'number' || Number.isNaN(value)) nulls += 1;
    else counts[binOf(like.edges, value)]! += 1;
  }
  return { kind: 'number', edges: like.edges, counts, nulls };
}

/** Twice or half as many is a change that one looks at; of numbers, half a standard deviation. */
const SHARP = 2;
/** Standard errors beyond which it is no chance. */
const BEYOND_CHANCE = 4;

function classesOf(task: Task, before: number, targets: Float64Array): Evidence['shift']['classes'] {
  if (targets.length === 0) return null;
  const now = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  const deviation = Math.sqrt(targets.reduce((sum, target) => sum + (target - now) ** 2, 0) / targets.length);
  const expected = task === 'binary-classification' ? Math.sqrt(before * (1 - before)) : 0;
  const isByChance = Math.abs(now - before) <= (BEYOND_CHANCE * Math.max(deviation, expected)) / Math.sqrt(targets.length);
  const isFar = task === 'regression' ? Math.abs(now - before) > deviation / 2 : now > before * SHARP || now < before / SHARP;
  return { before, now, isSharp: isFar && !isByChance };
}
