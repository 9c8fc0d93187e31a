/** A whole evaluation, from files to findings: rows, both versions, draws, and what else is asked of the versions. Runs in a thread. */
import { type Rows, readRows } from '../data/rows.ts';
import type { SnapshotColumn } from '../data/snapshot.ts';
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { Spec } from '../domain/spec.ts';
import { combine, fail, inconclusive, type Verdict } from '../domain/verdict.ts';
import { turned } from '../evaluation/decided.ts';
import { concluded, type EvaluateInput, type Evaluated, prepareEvaluation } from '../evaluation/evaluate.ts';
import type { SegmentValues } from '../evaluation/segments.ts';
import { sinceRelease } from '../evaluation/since-release.ts';
import { withDerived } from '../features/derived-values.ts';
import { isRead, rawInputs } from '../features/raw-inputs.ts';
import { fallOf } from '../gates/since-release-gate.ts';
import { worthIt } from '../gates/worth-it.ts';
import { ndcg } from '../statistics/ndcg.ts';
import { simplestAnswer } from '../training/manifest.ts';
import { goldenScores } from './golden.ts';
import { permutationImportances } from './importances.ts';
import { parallelDraws } from './parallel-draws.ts';
import { encoded, scoresOf, type VersionFiles, withScorer } from './scored.ts';
import { shiftSince } from './shift.ts';
import { insistOnColumns } from './snapshot-has.ts';
import { sourceRowsOf } from './source-rows.ts';
import type { StopFlag } from './stop-flag.ts';

export interface EvaluationJob {
  readonly spec: EvaluatedSpec;
  readonly snapshotPath: string;
  readonly splitPath: string;
  readonly workDir: string;
  readonly challenger: VersionFiles;
  /** Null: there is none, and the simple baseline is the opponent. */
  readonly champion: (VersionFiles & { readonly splitPath: string; readonly released: Pick<Comparison, 'figures'> }) | null;
  readonly cost: Pick<Evidence['cost'], 'trainingMs' | 'scoringMsPerThousand'>;
}

type EvaluatedSpec = Pick<
  Spec,
  'task' | 'source' | 'inputs' | 'features' | 'gates' | 'decision' | 'segments' | 'fairness' | 'golden' | 'trainer'
>;

/** The evidence without its names and digests. */
export type Findings = Omit<
  Evidence,
  | 'format'
  | 'model'
  | 'challenger'
  | 'opponent'
  | 'artifactDigest'
  | 'manifestDigest'
  | 'snapshotDigest'
  | 'splitDigest'
  | 'specRevision'
  | 'waivers'
>;

export interface EvaluationProgress {
  readonly stage: 'reading' | 'scoring' | 'comparing' | 'explaining';
  readonly done: number;
  readonly total: number;
}

export interface JobContext {
  readonly stop: StopFlag;
  readonly signal: AbortSignal;
  progress(progress: EvaluationProgress): void;
}

/** NDCG of importances below which attribution is usually said to have shifted. */
const SAME_IMPORTANCES = 0.9;

export async function evaluateJob(job: EvaluationJob, context: JobContext): Promise<Findings> {
  const { spec, challenger, champion } = job;
  const { task, gates, decision } = spec;
  context.progress({ stage: 'reading', done: 0, total: 1 });
  const rows = await rowsOf(job, context.signal);
  context.progress({ stage: 'scoring', done: 0, total: rows.count });
  const mine = await scored(challenger, { spec, rows, golden: spec.golden, context });
  const its = champion && (await scored(champion, { spec, rows, golden: [], context }));
  const valuesOf = valuesIn(spec, rows);
  const simpleBaseline = simplestAnswer(challenger.manifest);
  const evaluated = await compared(
    {
      task,
      targets: rows.targets,
      treated: rows.treated,
      entities: rows.entities,
      challenger: mine.scores,
      opponent: its?.scores ?? null,
      simpleBaseline,
      segments: spec.segments.map(({ columns, critical }) => ({
        name: columns.join(' × '),
        critical,
        columns: columns.map(valuesOf),
      })),
      fairness: spec.fairness.map((fairness) => ({ spec: fairness, values: valuesOf(fairness.column) })),
      gates,
      decision,
      seed: spec.trainer.seed,
    },
    context,
  );
  const shift =
    champion && its
      ? shiftSince(task, champion.manifest, { ...datedRows(rows), targets: rows.targets, scores: its.scores })
      : { classes: null, scores: null, features: [] };
  const falls = champion ? sinceRelease(task, champion.released, evaluated.overall) : [];
  const fall = fallOf(falls, shift, gates);
  const importances = { challenger: mine.importances, opponent: its?.importances ?? null, ndcg: its && sameOrder(mine, its) };
  const { simpleBaselineFigures, suspicions, verdict, ...found } = evaluated;
  const strange =
    importances.ndcg !== null && importances.ndcg < SAME_IMPORTANCES
      ? [`the features that matter are others than the champion’s (NDCG ${importances.ndcg.toFixed(2)}, usual from ${SAME_IMPORTANCES})`]
      : [];
  return {
    ...found,
    task,
    gates,
    decision,
    simpleBaseline: { description: baselineInWords(spec, simpleBaseline), figures: simpleBaselineFigures },
    comparisonRows: rowsInFigures(rows, evaluated.overall),
    importances,
    shift,
    sinceRelease: falls,
    golden: mine.golden,
    turnedWrong: await turnedWrong(job, rows, { mine, its }),
    cost: { ...job.cost, worthIt: worthIt(evaluated.overall, decision) },
    suspicions: [...suspicions, ...(fall ? [fall.sentence] : []), ...strange, ...ofUnknownRows(job)],
    verdict: combine([verdict, ...goldenVerdicts(mine.golden), ...(fall?.doubt ? [inconclusive(fall.sentence)] : [])]),
  };
}

/** A model that was imported was trained elsewhere, on rows that nobody could keep apart from these. */
function ofUnknownRows({ challenger, champion }: EvaluationJob): string[] {
  const isImported = (version: VersionFiles | null) => version?.manifest.trainer.imported !== undefined;
  const said = (who: string) =>
    `${who} was imported, and nobody here knows which rows it was trained on: if these are among them, they flatter it`;
  return [...(isImported(challenger) ? [said('the challenger')] : []), ...(isImported(champion) ? [said('the champion')] : [])];
}

async function rowsOf({ spec, snapshotPath, splitPath, workDir, challenger, champion }: EvaluationJob, signal: AbortSignal): Promise<Rows> {
  const columns = new Map<string, SnapshotColumn>(rawInputs(spec).map(({ name, type }) => [name, { name, type }] as const));
  for (const version of [challenger, ...(champion ? [champion] : [])])
    for (const { name, type } of version.manifest.encoder.inputs) columns.set(name, { name, type });
  const grouping = [...spec.segments.flatMap((segment) => segment.columns), ...spec.fairness.map(({ column }) => column)];
  const derived = spec.features.filter((feature) => !isRead(feature)).map(({ name }) => name);
  for (const name of grouping) if (!columns.has(name) && !derived.includes(name)) columns.set(name, { name, type: 'text' });
  await insistOnColumns(snapshotPath, [...columns.keys()]);
  return readRows({
    snapshotPath,
    splitPath,
    purpose: 'comparison',
    columns: [...columns.values()],
    excludingTrainedBy: champion ? [champion.splitPath] : [],
    workDir,
    signal,
  });
}

interface ScoredVersion {
  readonly scores: Float64Array;
  readonly importances: Evidence['importances']['challenger'];
  readonly golden: Evidence['golden'];
}

async function scored(
  version: VersionFiles,
  { spec, rows, golden, context }: { spec: EvaluatedSpec; rows: Rows; golden: Spec['golden']; context: JobContext },
): Promise<ScoredVersion> {
  const { encoder } = version.manifest;
  const matrix = encoded(version.manifest, datedRows(rows));
  return withScorer(version, async (scorer) => {
    const scores = await scoresOf(scorer, matrix, context.stop);
    const given = { ...matrix, task: spec.task, targets: rows.targets, seed: spec.trainer.seed };
    const at = rows.latestAt === null ? Number.NaN : Date.parse(rows.latestAt);
    return {
      scores,
      importances: await permutationImportances(encoder, scorer, given, context.stop),
      golden: golden.length > 0 ? await goldenScores(golden, encoder, scorer, at) : [],
    };
  });
}

async function compared(input: EvaluateInput, { stop, progress }: JobContext): Promise<Evaluated> {
  const total = input.gates.draws;
  progress({ stage: 'comparing', done: 0, total });
  const prepared = prepareEvaluation(input);
  if (prepared.problem !== null) return concluded(prepared, new Float64Array());
  const draws = await parallelDraws(prepared.plan, stop, (done) => progress({ stage: 'comparing', done, total }));
  return concluded(prepared, draws);
}

const datedRows = ({ columns, count, seenAt }: Rows) => ({ columns, count, seenAt });

/** Also of derived features: a segment may be a bin of a number. */
function valuesIn(spec: EvaluatedSpec, rows: Rows): (name: string) => SegmentValues {
  const columns = withDerived(spec, datedRows(rows), spec.source.missing);
  return (name) => (columns.get(name) as SegmentValues | undefined) ?? new Array<null>(rows.count).fill(null);
}

function sameOrder(mine: ScoredVersion, its: ScoredVersion): number | null {
  return ndcg(
    mine.importances.map(({ feature }) => feature),
    new Map(its.importances.map(({ feature, importance }) => [feature, importance])),
  );
}

function rowsInFigures(rows: Rows, { entities, positives }: Comparison): Evidence['comparisonRows'] {
  const sum = rows.targets.reduce((total, target) => total + target, 0);
  return {
    count: rows.count,
    entities,
    from: rows.earliestAt,
    until: rows.latestAt,
    excludedBecauseTrainedOn: rows.excludedBecauseTrainedOn,
    positives,
    meanLabel: rows.count === 0 ? 0 : sum / rows.count,
  };
}

async function turnedWrong(
  job: EvaluationJob,
  rows: Rows,
  { mine, its }: { mine: ScoredVersion; its: ScoredVersion | null },
): Promise<Evidence['turnedWrong']> {
  const { task, decision } = job.spec;
  if (task !== 'binary-classification' || decision === null || its === null || rows.count === 0) return null;
  const { rows: samples, ...counts } = turned({ labels: rows.targets, challenger: mine.scores, opponent: its.scores }, decision);
  const sourceRows = await sourceRowsOf(
    job.snapshotPath,
    samples.map((row) => rows.rowIds[row]!),
  );
  return {
    ...counts,
    samples: samples.map((row, index) => ({
      sourceRow: sourceRows[index]!,
      label: rows.targets[row]!,
      before: its.scores[row]!,
      now: mine.scores[row]!,
    })),
  };
}

function goldenVerdicts(golden: Evidence['golden']): Verdict[] {
  return golden
    .filter(({ holds }) => !holds)
    .map(({ name, score, from, to }) => fail(`golden row "${name}" scores ${score.toFixed(4)}, expected ${from} to ${to}`));
}

function baselineInWords({ task }: EvaluatedSpec, answer: number): string {
  switch (task) {
    case 'binary-classification':
      return `everybody has the base rate of the training rows, ${answer.toFixed(4)}`;
    case 'regression':
      return `everybody has the mean of the training rows, ${answer.toFixed(4)}`;
    case 'uplift':
      return 'the treatment makes the same difference to everybody';
  }
}
