/** Versions that really load and score, put into artifacts and registry without training anything. */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { ArtifactStore } from '../../src/artifacts/store.ts';
import { type Digest, modelName, type VersionId, versionOf } from '../../src/domain/ids.ts';
import type { FeatureRow } from '../../src/features/columns.ts';
import { encodeInto } from '../../src/features/encode.ts';
import type { Encoder } from '../../src/features/encoder.ts';
import type { VersionArtifacts } from '../../src/store/routes-reading.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { inputName, outputName, writeLinearModel } from '../../src/training/onnx/write-linear-model.ts';

export const anEncoder = (extraNumbers: readonly string[] = []): Encoder => {
  const inputs: Encoder['inputs'] = [
    { name: 'age', type: 'number', nullable: false },
    { name: 'income', type: 'number', nullable: true },
    { name: 'plan', type: 'category', nullable: false },
    { name: 'member', type: 'boolean', nullable: false },
    ...extraNumbers.map((name) => ({ name, type: 'number' as const, nullable: true })),
  ];
  const columns: Encoder['columns'] = [
    { kind: 'standardised', input: 0, of: 'value', mean: 40, sd: 10 },
    { kind: 'standardised', input: 1, of: 'log', mean: 9, sd: 2 },
    { kind: 'missing', input: 1 },
    { kind: 'is', input: 2, value: 'basic' },
    { kind: 'is', input: 2, value: 'plus' },
    { kind: 'other', input: 2 },
    { kind: 'boolean', input: 3, mean: 0.5 },
    ...extraNumbers.flatMap((_, index) => [
      { kind: 'standardised' as const, input: 4 + index, of: 'value' as const, mean: 0, sd: 1 },
      { kind: 'missing' as const, input: 4 + index },
    ]),
  ];
  return { format: 'understudy.encoder.v1', inputs, columns, width: columns.length, missingTexts: [] };
};

export const anInstance = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  age: 34,
  income: 25_000,
  plan: 'basic',
  member: true,
  ...changes,
});

/** Writes a linear model whose score for every row is set by its bias, and by the age a little. */
export async function aVersion(
  artifacts: ArtifactStore,
  version: VersionId,
  { bias = 0, encoder = anEncoder() } = {},
): Promise<VersionArtifacts> {
  const weights = new Float32Array(encoder.width);
  weights[0] = 0.5;
  const bytes = writeLinearModel({ weights, bias });
  const artifact = await artifacts.put(bytes);
  const manifest = manifestOf(artifact, encoder, { weights, bias });
  return { version, artifact, manifest: await artifacts.putJson(manifest) };
}

function manifestOf(artifactDigest: Digest, encoder: Encoder, { weights, bias }: { weights: Float32Array; bias: number }): Manifest {
  const instances = [anInstance(), anInstance({ age: 70, income: null, plan: 'never seen' })] as FeatureRow[];
  const extra = Object.fromEntries(encoder.inputs.slice(4).map(({ name }) => [name, null]));
  const golden = instances.map((instance) => {
    const row = { ...instance, ...extra };
    const encoded = new Float32Array(encoder.width);
    encodeInto(encoder, row, encoded, 0, Number.NaN);
    const logit = encoded.reduce((sum, value, index) => sum + value * weights[index]!, bias);
    return { instance: row, score: 1 / (1 + Math.exp(-logit)) };
  });
  return {
    format: 'understudy.manifest.v1',
    model: modelName('churn'),
    task: 'binary-classification',
    encoder,
    onnx: { input: inputName, output: outputName, width: encoder.width },
    artifactDigest,
    trainer: { name: 'none', seed: 0, parameters: {} },
    snapshotDigest: someDigest('snapshot'),
    splitDigest: someDigest('split'),
    golden,
    referenceProfile: {
      format: 'understudy.reference-profile.v1',
      rows: 0,
      features: [],
      score: { kind: 'number', edges: [], counts: [0], nulls: 0 },
      baseRate: 0.2,
    },
    trainedRows: 0,
    baseRate: 0.2,
    importances: [],
  };
}

export const someDigest = (text: string): Digest => createHash('sha256').update(text).digest('hex') as Digest;

/** The rows a registry has of a model and its versions, in the smallest form that the constraints allow. */
export async function registerModel(
  db: Knex,
  model: string,
  versions: readonly VersionArtifacts[],
  features: readonly string[] = [],
): Promise<void> {
  const spec = { features: features.map((name) => ({ name })) };
  await db('models').insert({ name: model, current_revision: 1 });
  await db('spec_revisions').insert({ model, revision: 1, digest: 'd', yaml: '', spec: JSON.stringify(spec), applied_by: 'test' });
  await db('snapshots').insert({
    digest: someDigest(`snapshot ${model}`),
    model,
    source: '{}',
    artifact_digest: 'd',
    rows_in: 1,
    rows_kept: 1,
    set_aside: '[]',
    columns: '[]',
  });
  for (const artifacts of versions) await registerVersion(db, model, artifacts);
}

async function registerVersion(db: Knex, model: string, { version, artifact, manifest }: VersionArtifacts): Promise<void> {
  const number = Number(version.slice(version.lastIndexOf('@') + 1));
  await db('retrainings').insert({
    retraining_id: `retraining-${version}`,
    model,
    spec_revision: 1,
    version_number: number,
    seed: 1,
    reasons: '[]',
    phase: 'registered',
    outcome: 'registered',
    closed_at: db.fn.now(),
  });
  await db('model_versions').insert({
    version_id: version,
    model,
    number,
    retraining_id: `retraining-${version}`,
    artifact_digest: artifact,
    manifest_digest: manifest,
    snapshot_digest: someDigest(`snapshot ${model}`),
    split_digest: 'd',
    spec_revision: 1,
    code_commit: 'c',
    lockfile_digest: 'l',
    trainer: '{}',
    seed: 1,
    metrics: '{}',
    evidence_digest: 'e',
    requested_by: '[]',
  });
}

export interface RouteChanges {
  readonly champion?: VersionId;
  readonly challenger?: VersionId | null;
  readonly shareBps?: number;
  readonly holdBack?: VersionId | null;
  readonly holdBackBps?: number;
  readonly salt?: string;
  readonly heldBy?: string | null;
  readonly raiseEpoch?: boolean;
}

/** Writes the route as the lifecycle would, and answers its stamp. */
export async function writeRoute(db: Knex, model: string, changes: RouteChanges): Promise<{ revision: number; epoch: number }> {
  const known = await db('routes').where({ model }).first();
  const row = {
    model,
    champion_id: changes.champion ?? known?.champion_id ?? versionOf(modelName(model), 1),
    challenger_id: changes.challenger === undefined ? (known?.challenger_id ?? null) : changes.challenger,
    challenger_share_bps: changes.shareBps ?? known?.challenger_share_bps ?? 0,
    salt: changes.salt ?? known?.salt ?? 'salt',
    hold_back_id: changes.holdBack === undefined ? (known?.hold_back_id ?? null) : changes.holdBack,
    hold_back_bps: changes.holdBackBps ?? known?.hold_back_bps ?? 0,
    held_by: changes.heldBy === undefined ? (known?.held_by ?? null) : changes.heldBy,
    epoch: Number(known?.epoch ?? 0) + (changes.raiseEpoch ? 1 : 0),
    revision: 0,
  };
  const [stamp] = await db('routes').insert(row).onConflict('model').merge().returning(['revision', 'epoch']);
  return { revision: Number(stamp.revision), epoch: Number(stamp.epoch) };
}
