/** The rows of an evaluation as numbers, and what makes them no evidence at all. */
import type { FairnessSpec, Task } from '../domain/spec.ts';
import type { Strata } from '../statistics/bootstrap.ts';
import type { SegmentColumn, SegmentValues } from './segments.ts';
import type { TaskRows } from './task-metrics.ts';

export interface GivenRows {
  readonly task: Task;
  /** 1 and 0, or the number. */
  readonly targets: ArrayLike<number>;
  /** 1 treated, 0 not; only of uplift. */
  readonly treated?: ArrayLike<number> | null;
  /** Who each row is about; null: each row is about somebody else. */
  readonly entities?: readonly string[] | null;
  readonly challenger: ArrayLike<number>;
  /** The champion's scores on the same rows; null: there is none, and the simple baseline is the opponent. */
  readonly opponent: ArrayLike<number> | null;
  /** What the simple baseline answers to everybody: base rate, mean, or no difference. */
  readonly simpleBaseline: number;
  readonly segments: readonly SegmentColumn[];
  readonly fairness?: readonly FairnessColumn[];
}

export interface FairnessColumn {
  readonly spec: FairnessSpec;
  readonly values: SegmentValues;
}

export interface ScoredRows extends TaskRows {
  readonly challenger: Float64Array;
  readonly opponent: Float64Array;
  readonly strata: Strata;
}

/** What makes the scores no evidence at all. A score that is not what the task asks for must not be quietly ranked with the others. */
export function problemWith(given: GivenRows): string | null {
  const { task, targets, challenger, opponent, simpleBaseline } = given;
  const rows = targets.length;
  if (rows === 0) return 'there are no comparison rows that neither version has trained on, so nothing was compared';
  const torn = lengthsOf(given).find(({ length }) => length !== rows);
  if (torn) return `expected ${rows} ${torn.what}, found ${torn.length}`;
  const strange = countOf(challenger, (score) => !isScore(task, score));
  if (strange > 0) return `${strange} of ${rows} scores of the challenger are not ${scoresAre[task]}`;
  const opponentStrange = countOf(opponent ?? [simpleBaseline], (score) => !isScore(task, score));
  if (opponentStrange > 0) return `${opponentStrange} scores of the opponent are not ${scoresAre[task]}`;
  if (task === 'regression')
    return countOf(targets, (target) => !Number.isFinite(target)) > 0 ? 'some rows have no number to predict' : null;
  return countOf(targets, (target) => target !== 0 && target !== 1) > 0 ? 'expected labels of 0 and 1, found others' : null;
}

const scoresAre: Readonly<Record<Task, string>> = {
  'binary-classification': 'probabilities',
  regression: 'numbers',
  uplift: 'differences of probabilities',
};

function isScore(task: Task, score: number): boolean {
  if (task === 'binary-classification') return score >= 0 && score <= 1;
  return task === 'uplift' ? score >= -1 && score <= 1 : Number.isFinite(score);
}

function lengthsOf({ task, challenger, opponent, segments, treated, entities, fairness = [] }: GivenRows) {
  return [
    { what: 'scores of the challenger', length: challenger.length },
    ...(opponent ? [{ what: 'scores of the opponent', length: opponent.length }] : []),
    ...(entities ? [{ what: 'entities', length: entities.length }] : []),
    ...(task === 'uplift' ? [{ what: 'marks of who was treated', length: treated?.length ?? 0 }] : []),
    ...segments.flatMap(({ name, columns }) => columns.map(({ length }) => ({ what: `values of the segment "${name}"`, length }))),
    ...fairness.map(({ spec, values }) => ({ what: `values of "${spec.column}"`, length: values.length })),
  ];
}

function countOf(values: ArrayLike<number>, is: (value: number) => boolean): number {
  let count = 0;
  for (let row = 0; row < values.length; row++) if (is(values[row]!)) count += 1;
  return count;
}

export function scoredRows(given: GivenRows): ScoredRows {
  const { task, simpleBaseline } = given;
  const targets = Float64Array.from(given.targets);
  const treated = task === 'uplift' ? Uint8Array.from(given.treated ?? []) : null;
  const stratumOf = (row: number) => (task === 'regression' ? 0 : treated ? treated[row]! : targets[row]!);
  const { entities, sizes } = numbered(given.entities ?? null, targets.length, stratumOf);
  return {
    targets,
    treated,
    entities,
    strata: { sizes, are: task === 'binary-classification' ? 'drawn' : 'fixed' },
    challenger: Float64Array.from(given.challenger),
    opponent: given.opponent ? Float64Array.from(given.opponent) : new Float64Array(targets.length).fill(simpleBaseline),
  };
}

/** Entities as numbers, stratum by stratum: by treatment, or by whether any of an entity's rows is positive. */
function numbered(
  entities: readonly string[] | null,
  rows: number,
  stratumOf: (row: number) => number,
): { entities: Uint32Array; sizes: readonly number[] } {
  const known = new Map<string, number>();
  const found = Uint32Array.from({ length: rows }, (_, row) => {
    if (entities === null) return row;
    const number = known.get(entities[row]!) ?? known.size;
    known.set(entities[row]!, number);
    return number;
  });
  const strata = new Uint8Array(entities === null ? rows : known.size);
  for (let row = 0; row < rows; row++) if (stratumOf(row) === 1) strata[found[row]!] = 1;
  const first = strata.length - strata.reduce((sum, stratum) => sum + stratum, 0);
  const next = [0, first];
  const renumbered = Uint32Array.from(strata, (stratum) => next[stratum]!++);
  return { entities: found.map((entity) => renumbered[entity]!), sizes: [first, strata.length - first] };
}
