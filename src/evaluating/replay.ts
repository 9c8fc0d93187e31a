/** Logged requests of one version through another one, beside what came of them: what a challenger would have answered. */
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { Spec } from '../domain/spec.ts';
import type { Verdict } from '../domain/verdict.ts';
import { concluded, prepareEvaluation } from '../evaluation/evaluate.ts';
import type { SegmentValues } from '../evaluation/segments.ts';
import { Failure } from '../failures.ts';
import { checkInstance } from '../features/check-instance.ts';
import type { FeatureRow } from '../features/columns.ts';
import { derivedRow, planDerived } from '../features/derived-values.ts';
import { encodeInto } from '../features/encode.ts';
import { parallelDraws } from './parallel-draws.ts';
import { scoresOf, type VersionFiles, withScorer } from './scored.ts';
import type { StopFlag } from './stop-flag.ts';
import { simplestAnswer } from '../training/manifest.ts';

export interface LoggedRequest {
  readonly entity: string;
  readonly features: Readonly<Record<string, unknown>>;
  readonly score: number;
  readonly outcome: number;
  /** ISO. */
  readonly at: string;
}

export interface ReplayJob {
  readonly spec: Pick<Spec, 'task' | 'source' | 'inputs' | 'features' | 'gates' | 'decision' | 'segments' | 'trainer'>;
  readonly requests: readonly LoggedRequest[];
  readonly challenger: VersionFiles;
}

export interface Replayed {
  readonly rows: number;
  readonly entities: number;
  /** Requests that the challenger cannot read, and what the first of them lacks. */
  readonly unreadable: number;
  readonly firstProblem: string | null;
  readonly overall: Comparison;
  readonly segments: readonly Comparison[];
  readonly family: Evidence['family'];
  readonly worstSegment: string | null;
  readonly verdict: Verdict;
}

export interface ReplayContext {
  readonly stop: StopFlag;
  progress(stage: string, done: number, total: number): void;
}

/** What an uplift model is judged by is the difference between treated and untreated, and a request does not say which it became. */
export function insistOnReplayable(task: Spec['task']): void {
  if (task !== 'uplift') return;
  throw new Failure(
    'SpecInvalid',
    'an uplift model cannot be replayed: the log does not say who was treated; evaluate it on the rows of an experiment',
  );
}

export async function replay({ spec, requests, challenger }: ReplayJob, { stop, progress }: ReplayContext): Promise<Replayed> {
  insistOnReplayable(spec.task);
  progress('reading the requests', 0, requests.length);
  const { readable, firstProblem } = readableBy(challenger, requests);
  progress('scoring', 0, readable.length);
  const scores = await withScorer(challenger, (scorer) => scoresOf(scorer, encodedRequests(challenger, readable), stop));
  const values = valuesIn(spec, readable);
  const prepared = prepareEvaluation({
    task: spec.task,
    targets: readable.map(({ outcome }) => outcome),
    entities: readable.map(({ entity }) => entity),
    challenger: scores,
    opponent: readable.map(({ score }) => score),
    simpleBaseline: simplestAnswer(challenger.manifest),
    segments: spec.segments.map(({ columns, critical }) => ({
      name: columns.join(' × '),
      critical,
      columns: columns.map(values),
    })),
    gates: spec.gates,
    decision: spec.decision,
    seed: spec.trainer.seed,
  });
  const total = spec.gates.draws;
  const draws =
    prepared.problem === null ? await parallelDraws(prepared.plan, stop, (done) => progress('comparing', done, total)) : new Float64Array();
  const { overall, segments, family, worstSegment, verdict } = concluded(prepared, draws);
  return {
    rows: readable.length,
    entities: overall.entities,
    unreadable: requests.length - readable.length,
    firstProblem,
    overall,
    segments,
    family,
    worstSegment,
    verdict,
  };
}

/** Also of derived features: a segment may be a bin of a number. */
function valuesIn(spec: ReplayJob['spec'], requests: readonly LoggedRequest[]): (name: string) => SegmentValues {
  const plan = planDerived(spec, spec.source.missing);
  const rows = requests.map(({ features, at }) => derivedRow(plan, features as FeatureRow, Date.parse(at)));
  return (name) => rows.map((row) => row[name] ?? null);
}

/** A request that the challenger cannot read would have been an error of it; it is counted, not guessed at. */
function readableBy({ manifest: { encoder } }: VersionFiles, requests: readonly LoggedRequest[]) {
  let firstProblem: string | null = null;
  const known = new Set(encoder.inputs.map(({ name }) => name));
  const readable = requests.flatMap((request) => {
    // The log may know more than this version asks for.
    const features = Object.fromEntries(Object.entries(request.features).filter(([name]) => known.has(name)));
    const checked = checkInstance(encoder, features);
    if (checked.ok) return [request];
    const { field, expected, found } = checked.problems[0]!;
    firstProblem ??= `expected ${expected} for "${field}", found ${found}`;
    return [];
  });
  return { readable, firstProblem };
}

function encodedRequests({ manifest: { encoder } }: VersionFiles, requests: readonly LoggedRequest[]) {
  const rows = new Float32Array(requests.length * encoder.width);
  for (const [index, { features, at }] of requests.entries())
    encodeInto(encoder, features as FeatureRow, rows, index * encoder.width, Date.parse(at));
  return { rows, count: requests.length };
}
