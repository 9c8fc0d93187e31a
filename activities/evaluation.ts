import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import { type Rows, readRows } from '../src/data/rows.ts';
import type { SnapshotColumn } from '../src/data/snapshot.ts';
import type { Evidence } from '../src/domain/evidence.ts';
import type { Digest, VersionId } from '../src/domain/ids.ts';
import type { Spec } from '../src/domain/spec.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { evaluate } from '../src/evaluation/evaluate.ts';
import { faultPoint } from '../src/fault-hooks.ts';
import { encodeColumns } from '../src/features/encode.ts';
import { rawInputs } from '../src/features/raw-inputs.ts';
import { evidencePage } from '../src/reports/evidence-page.ts';
import { currentChampion } from '../src/store/champions.ts';
import { storeEvaluation } from '../src/store/evaluations.ts';
import { versionOrThrow } from '../src/store/registry.ts';
import { setRetrainingPhase, waiversOf } from '../src/store/retrainings.ts';
import { snapshotArtifact } from '../src/store/snapshots.ts';
import { specRevision } from '../src/store/specs.ts';
import type { Manifest } from '../src/training/manifest.ts';
import { openScorer } from '../src/training/onnx/scorer.ts';
import { withHeartbeats, workFolder } from './heartbeats.ts';
import type { Subject } from './retrainings.ts';

export interface EvaluationInput extends Subject {
  readonly snapshot: Digest;
  readonly split: Digest;
  readonly artifact: Digest;
  readonly manifest: Digest;
}

export interface Evaluated {
  readonly evidence: Digest;
  readonly verdict: Verdict;
  readonly opponent: VersionId | null;
}

export interface EvaluationDependencies {
  readonly db: Knex;
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
}

export function evaluationActivities({ db, artifacts, workDir }: EvaluationDependencies) {
  return {
    /** Both versions on the same frozen rows that neither has trained on. The evidence is content-addressed, so a repeat is the same. */
    async evaluateChallenger(input: EvaluationInput): Promise<Evaluated> {
      await setRetrainingPhase(db, input.retrainingId, 'evaluating');
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const opponent = await currentChampion(db, input.model);
      const evidence = await withHeartbeats(() => evidenceOf(input, spec, opponent));
      await faultPoint('evaluated');
      const digest = await artifacts.putJson(evidence);
      const page = await artifacts.put(Buffer.from(await evidencePage(evidence, { evidenceDigest: digest })));
      await storeEvaluation(db, {
        model: input.model,
        version: input.version,
        champion: opponent,
        evidence: digest,
        page,
        verdict: evidence.verdict,
      });
      return { evidence: digest, verdict: evidence.verdict, opponent };
    },
  };

  async function evidenceOf(input: EvaluationInput, spec: Spec, opponent: VersionId | null): Promise<Evidence> {
    const manifest = await artifacts.readJson<Manifest>(input.manifest);
    const champion = opponent === null ? null : await versionOrThrow(db, opponent);
    const championManifest = champion && (await artifacts.readJson<Manifest>(champion.manifest));
    const rows = await readRows({
      snapshotPath: await artifacts.verifiedPathOf(await snapshotArtifact(db, input.snapshot)),
      splitPath: artifacts.pathOf(input.split),
      purpose: 'comparison',
      columns: columnsFor(spec, [manifest, ...(championManifest ? [championManifest] : [])]),
      excludingTrainedBy: champion === null ? [] : [artifacts.pathOf(champion.split)],
      workDir: await workFolder(workDir),
    });
    const challengerScores = await scoresOf(manifest, input.artifact, rows);
    const opponentScores = champion && championManifest && (await scoresOf(championManifest, champion.artifact, rows));
    const evaluated = evaluate({
      labels: rows.labels,
      challenger: challengerScores,
      opponent: opponentScores ?? { baseRate: manifest.baseRate },
      segments: spec.segments.map(({ columns: [column], critical }) => ({ name: column!, critical, values: textsOf(rows, column!) })),
      gates: spec.gates,
    });
    const baseline = `the base rate of the training rows, ${manifest.baseRate}`;
    const positives = rows.labels.reduce((sum, label) => sum + label, 0);
    return {
      format: 'understudy.evidence.v2',
      model: input.model,
      task: spec.task,
      challenger: input.version,
      opponent: opponent === null ? { kind: 'simple-baseline', description: baseline } : { kind: 'champion', version: opponent },
      simpleBaseline: { description: baseline, figures: [] },
      artifactDigest: input.artifact,
      manifestDigest: input.manifest,
      snapshotDigest: input.snapshot,
      splitDigest: input.split,
      specRevision: input.specRevision,
      gates: spec.gates,
      decision: spec.decision,
      comparisonRows: {
        count: rows.count,
        entities: new Set(rows.entities).size,
        positives,
        meanLabel: rows.count === 0 ? 0 : positives / rows.count,
        from: rows.earliestAt,
        until: rows.latestAt,
        excludedBecauseTrainedOn: rows.excludedBecauseTrainedOn,
      },
      ...evaluated,
      importances: { challenger: [], opponent: null, ndcg: null },
      shift: { classes: null, scores: null, features: [] },
      sinceRelease: [],
      golden: [],
      turnedWrong: null,
      cost: { trainingMs: null, scoringMsPerThousand: null, worthIt: null },
      waivers: await waiversOf(db, input.retrainingId),
    };
  }

  async function scoresOf(manifest: Manifest, artifact: Digest, rows: Rows): Promise<Float32Array> {
    const scorer = await openScorer(manifest, await artifacts.read(artifact));
    try {
      return await scorer.score(encodeColumns(manifest.encoder, rows.columns, rows.count, rows.seenAt), rows.count);
    } finally {
      await scorer.close();
    }
  }
}

/** Every feature of either version and every segment, each once. */
function columnsFor(spec: Spec, manifests: readonly Manifest[]) {
  const columns = new Map<string, SnapshotColumn>(rawInputs(spec).map(({ name, type }) => [name, { name, type }] as const));
  for (const { encoder } of manifests) for (const { name, type } of encoder.inputs) columns.set(name, { name, type });
  for (const column of spec.segments.flatMap((segment) => segment.columns))
    if (!columns.has(column)) columns.set(column, { name: column, type: 'text' });
  return [...columns.values()];
}

function textsOf(rows: Rows, column: string): readonly (string | null)[] {
  const values = rows.columns.get(column);
  if (!values) return [];
  return Array.from(values as ArrayLike<string | number | boolean | null>, (value) =>
    value === null || Number.isNaN(value) ? null : String(value),
  );
}
