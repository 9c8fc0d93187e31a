/**
 * Scores and outcomes into evidence and its verdict, in three parts: prepare the rows, draw (which takes the time, and may be done on
 * other threads), conclude. Pure: the same rows and seed give the same bytes, and with them the same digest.
 */
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { DecisionSpec, GateSpec, Task } from '../domain/spec.ts';
import { combine, inconclusive } from '../domain/verdict.ts';
import { judgeComparisons, type Measured, tooGood } from '../gates/evaluation-gates.ts';
import { count } from '../gates/wording.ts';
import { actedUpon } from './decided.ts';
import { calibrationCurve, decilesOf, gainCurve, rocCurve, scoreHistogram } from './curves.ts';
import { allDraws, type DrawPlan, drawWidth, measuring, metricsOf } from './draws.ts';
import { fairnessFindings, preparedGroups } from './fairness.ts';
import { ratesWidth } from './fairness-rates.ts';
import { type Drawn, delongOf, figuresOf } from './figures.ts';
import { type GivenRows, problemWith, type ScoredRows, scoredRows } from './scored-rows.ts';
import { clustersIn } from '../statistics/bootstrap.ts';
import { countsOf, reported, type SegmentRows, segmentsOf } from './segments.ts';
import { widthOf } from './task-metrics.ts';
import { tooFewRows } from './too-few-rows.ts';

export interface EvaluateInput extends GivenRows {
  readonly gates: GateSpec;
  readonly decision: DecisionSpec | null;
  readonly seed: number;
}

export type Evaluated = Pick<
  Evidence,
  'family' | 'overall' | 'segments' | 'worstSegment' | 'segmentColumns' | 'actedUpon' | 'fairness' | 'curves' | 'suspicions' | 'verdict'
> & { readonly simpleBaselineFigures: Evidence['simpleBaseline']['figures'] };

interface Group {
  readonly name: string;
  readonly critical: boolean;
  readonly rows: ScoredRows;
  readonly entities: number;
}

export interface Prepared {
  readonly input: EvaluateInput;
  /** Why there is nothing to draw; null: there is. */
  readonly problem: string | null;
  readonly groups: readonly Group[];
  readonly segmentColumns: Evidence['segmentColumns'];
  readonly plan: DrawPlan;
}

export function evaluate(input: EvaluateInput): Evaluated {
  const prepared = prepareEvaluation(input);
  return concluded(prepared, prepared.problem === null ? allDraws(prepared.plan) : new Float64Array());
}

export function prepareEvaluation(input: EvaluateInput): Prepared {
  const { task, decision, gates, seed } = input;
  const problem = problemWith(input);
  const base = { task, decision, seed, draws: gates.draws };
  if (problem !== null)
    return {
      input,
      problem,
      groups: [],
      segmentColumns: [],
      plan: { ...base, strata: { sizes: [], are: 'fixed' }, groups: [], fairness: [] },
    };
  const rows = scoredRows(input);
  const columns = input.segments.map((column) => ({ name: column.name, segments: segmentsOf(column) }));
  const all: Group = { name: 'overall', critical: true, rows, entities: clustersIn(rows.strata) };
  const groups = [all, ...columns.flatMap(({ segments }) => reported(segments)).map((segment) => groupOf(rows, segment))];
  const metrics = metricsOf(task, decision);
  return {
    input,
    problem,
    groups,
    segmentColumns: columns.map(({ name, segments }) =>
      countsOf(name, segments, (chosen) => tooFewRows(task, pickedLabels(rows, chosen), gates) !== null),
    ),
    plan: {
      ...base,
      strata: rows.strata,
      groups: groups.map(({ rows: chosen }) => ({
        challenger: metrics.prepare(chosen, chosen.challenger),
        opponent: metrics.prepare(chosen, chosen.opponent),
      })),
      fairness: decision ? (input.fairness ?? []).map((column) => preparedGroups(rows, column, decision)) : [],
    },
  };
}

/** `draws`: a row of `drawWidth` numbers for each draw. */
export function concluded(prepared: Prepared, draws: Float64Array): Evaluated {
  const { input, problem, groups, plan } = prepared;
  if (problem !== null) return unusable(input, problem);
  const { task, gates, decision } = input;
  const { metrics } = metricsOf(task, decision);
  const width = widthOf(metrics);
  const drawnAt = drawnColumns(plan, draws);
  const measured = groups.map((group, index): Measured => {
    const { name, critical, rows, entities } = group;
    const auc = task === 'binary-classification' ? delongOf({ ...rows, labels: rows.targets }, entities) : null;
    const figures = figuresOf(metrics, drawnAt(index * 2 * width, 2 * width), auc);
    return {
      name,
      critical,
      rows: rows.targets.length,
      entities,
      positives: positivesIn(task, rows),
      tooSmall: tooFewRows(task, rows, gates),
      figures,
    };
  });
  const [overall, ...segments] = measured as [Measured, ...Measured[]];
  const judged = judgeComparisons(overall, segments, { task, gates, against: input.opponent ? 'champion' : 'simple-baseline' });
  const fairness = fairnessOf(prepared, drawnAt);
  const suspicious = tooGood(judged.overall, gates);
  return {
    ...judged,
    segmentColumns: prepared.segmentColumns,
    actedUpon: actedUponBy(prepared),
    fairness,
    curves: curvesOf(prepared, judged.segments),
    suspicions: suspicious === null ? [] : [suspicious],
    simpleBaselineFigures: simpleBaselineOf(prepared),
    verdict: combine([
      judged.verdict,
      ...fairness.map(({ verdict }) => verdict),
      ...(suspicious === null ? [] : [inconclusive(suspicious)]),
      ...undecidedFairness(input),
      ...unguardedColumns(prepared),
    ]),
  };
}

type DrawnAt = (start: number, width: number) => Drawn;

function drawnColumns(plan: DrawPlan, draws: Float64Array): DrawnAt {
  const width = drawWidth(plan);
  const points = new Float64Array(width);
  measuring(plan)(null, points, 0);
  return (start, wide) => ({
    points: points.subarray(start, start + wide),
    column: (index) => Float64Array.from({ length: plan.draws }, (_, draw) => draws[draw * width + start + index]!),
  });
}

function fairnessOf({ input, plan }: Prepared, drawnAt: DrawnAt): Evidence['fairness'] {
  let start = plan.groups.length * 2 * widthOf(metricsOf(plan.task, plan.decision).metrics);
  return plan.fairness.flatMap((groups, index) => {
    const drawn = drawnAt(start, ratesWidth(groups));
    start += ratesWidth(groups);
    return fairnessFindings(input.fairness![index]!, groups, { drawn, gates: input.gates });
  });
}

function actedUponBy({ input, groups }: Prepared): NonNullable<Evidence['actedUpon']> | null {
  const { decision, opponent } = input;
  const { rows } = groups[0]!;
  return decision && { challenger: actedUpon(rows.challenger, decision), opponent: opponent && actedUpon(rows.opponent, decision) };
}

/** A limit that nobody can check must not read as kept. */
/** A rare value may go without a judgement of its own; a column that is called critical, and of which nothing is judged, guards nobody. */
function unguardedColumns({ input, segmentColumns }: Prepared) {
  const critical = new Set(input.segments.filter((column) => column.critical).map(({ name }) => name));
  const unguarded = segmentColumns.filter(({ name, values, tooSmall }) => critical.has(name) && tooSmall === values);
  return unguarded.map(({ name, values, smallest }) =>
    inconclusive(
      `no segment of "${name}" has rows enough to be judged (${count(values)} of them, the smallest with ${count(smallest)} rows), and it is critical: ask for more comparison rows, or do not call it critical`,
    ),
  );
}

function undecidedFairness({ fairness = [], decision, task }: EvaluateInput) {
  if (fairness.length === 0) return [];
  if (decision === null) return [inconclusive('fairness is asked for, but the spec does not say what is done with a score (decision)')];
  const odds = fairness.some(({ spec }) => spec.parity.includes('equalised-odds'));
  return odds && task !== 'binary-classification'
    ? [inconclusive(`equalised odds need a label of yes and no, and the task is ${task}`)]
    : [];
}

function simpleBaselineOf({ input, groups }: Prepared): Evaluated['simpleBaselineFigures'] {
  const metrics = metricsOf(input.task, input.decision);
  const { rows } = groups[0]!;
  const out = new Float64Array(widthOf(metrics.metrics));
  metrics.measure(metrics.prepare(rows, new Float64Array(rows.targets.length).fill(input.simpleBaseline)), null, out, 0);
  return metrics.metrics.flatMap(({ name }, index) => (Number.isFinite(out[index]) ? [{ metric: name, estimate: out[index]! + 0 }] : []));
}

function curvesOf({ input, groups }: Prepared, judged: readonly Comparison[]): Evidence['curves'] {
  const { task } = input;
  const { rows } = groups[0]!;
  const opponent = input.opponent ? rows.opponent : null;
  const calibration = (segment: string | null, version: 'challenger' | 'opponent', of: ScoredRows) => ({
    segment,
    version,
    bins: calibrationCurve(task, of[version], of),
  });
  const roc = (scores: Float64Array) => (task === 'binary-classification' ? rocCurve(scores, rows.targets) : []);
  return {
    roc: { challenger: roc(rows.challenger), opponent: opponent && roc(opponent) },
    calibration: [
      calibration(null, 'challenger', rows),
      ...(opponent ? [calibration(null, 'opponent', rows)] : []),
      ...groups.slice(1).flatMap((group, index) => (judged[index]!.tooSmall ? [] : [calibration(group.name, 'challenger', group.rows)])),
    ],
    gain: { challenger: gainCurve(task, rows.challenger, rows), opponent: opponent && gainCurve(task, opponent, rows) },
    deciles: decilesOf(task, rows.challenger, rows),
    scores: scoreHistogram(task, rows.challenger, opponent),
  };
}

function groupOf(rows: ScoredRows, { name, critical, rows: chosen }: SegmentRows): Group {
  const entities = chosen.map((row) => rows.entities[row]!);
  const pick = (values: Float64Array) => Float64Array.from(chosen, (row) => values[row]!);
  return {
    name,
    critical,
    rows: {
      ...pickedLabels(rows, chosen),
      entities,
      challenger: pick(rows.challenger),
      opponent: pick(rows.opponent),
      strata: rows.strata,
    },
    entities: new Set(entities).size,
  };
}

function pickedLabels({ targets, treated }: ScoredRows, chosen: Uint32Array): Pick<ScoredRows, 'targets' | 'treated'> {
  return {
    targets: Float64Array.from(chosen, (row) => targets[row]!),
    treated: treated && Uint8Array.from(chosen, (row) => treated[row]!),
  };
}

function positivesIn(task: Task, { targets }: Pick<ScoredRows, 'targets'>): number | null {
  return task === 'regression' ? null : targets.reduce((sum, target) => sum + target, 0);
}

function unusable({ targets, task }: EvaluateInput, problem: string): Evaluated {
  const verdict = inconclusive(problem);
  const positives = task === 'regression' ? null : Array.from(targets).filter((label) => label === 1).length;
  const counts = { rows: targets.length, entities: targets.length, positives };
  return {
    overall: { name: 'overall', critical: true, ...counts, tooSmall: true, figures: [], verdict },
    family: { comparisons: 0, correction: 'nothing was judged' },
    segments: [],
    worstSegment: null,
    segmentColumns: [],
    actedUpon: null,
    fairness: [],
    curves: {
      roc: { challenger: [], opponent: null },
      calibration: [],
      gain: { challenger: [], opponent: null },
      deciles: [],
      scores: { edges: [], challenger: [], opponent: null },
    },
    suspicions: [],
    simpleBaselineFigures: [],
    verdict,
  };
}
