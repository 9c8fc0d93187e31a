/** A snapshot, a split and two versions as files, of any size, without an ingest or a training. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sha256 } from '../../src/artifacts/store.ts';
import { literal, withDuck } from '../../src/data/duck.ts';
import { modelName } from '../../src/domain/ids.ts';
import type { Spec } from '../../src/domain/spec.ts';
import type { EvaluationJob } from '../../src/evaluating/evaluate-job.ts';
import type { Encoder } from '../../src/features/encoder.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { inputName, outputName, writeLinearModel } from '../../src/training/onnx/write-linear-model.ts';

const NUMBERS = ['age', 'income', 'visits', 'basket'] as const;

export function evaluationSpec(more: Partial<Spec> = {}): Spec {
  const yaml = `
model: shop
owners: ann
entity: customer
label: { column: bought, maturity: 2d }
features: { ${NUMBERS.map((name) => `${name}: number`).join(', ')}, device: category }`;
  const segments = ['device', 'region'].map((column) => ({ columns: [column], critical: false }));
  return { ...parseSpec(yaml, { file: 'shop.yaml' }).spec, segments, ...more };
}

const encoder: Encoder = {
  format: 'understudy.encoder.v1',
  inputs: [
    ...NUMBERS.map((name) => ({ name, type: 'number' as const, nullable: false })),
    { name: 'device', type: 'category', nullable: false },
  ],
  columns: [
    ...NUMBERS.map((_, input) => ({ kind: 'standardised' as const, input, of: 'value' as const, mean: 0, sd: 1 })),
    ...['mobile', 'desktop', 'tablet', 'tv'].map((value) => ({ kind: 'is' as const, input: NUMBERS.length, value })),
    { kind: 'other', input: NUMBERS.length },
  ],
  width: NUMBERS.length + 5,
  missingTexts: [],
};

/** The truth is age + 0.7 income - 0.5 visits; rows of each entity follow one another when `rowsAnEntity` is above 1. */
const truth = [1, 0.7, -0.5, 0, 0.2, 0, 0, 0, 0];

export interface EvaluationFiles {
  readonly job: EvaluationJob;
  remove(): Promise<void>;
}

export async function evaluationFiles({
  rows,
  rowsAnEntity = 1,
  challenger = truth,
  champion = [0.9, 0.6, -0.4, 0.1, 0.2, 0, 0, 0, 0],
  spec = evaluationSpec(),
  flipped = 0,
}: {
  rows: number;
  rowsAnEntity?: number;
  challenger?: readonly number[];
  champion?: readonly number[] | null;
  spec?: Spec;
  /** Every so manieth label turned around. */
  flipped?: number;
}): Promise<EvaluationFiles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'evaluation-'));
  const [snapshotPath, splitPath, noSplit] = ['snapshot', 'split', 'trained'].map((name) => path.join(folder, `${name}.parquet`)) as [
    string,
    string,
    string,
  ];
  await withDuck({}, async (duck) => {
    const uniform = (salt: number) => `((hash(i * 31 + ${salt}) % 1000000) + 0.5) / 1000000`;
    const normal = (salt: number) => `sqrt(-2 * ln(${uniform(salt)})) * cos(6.283185307179586 * ${uniform(salt + 1)})`;
    await duck.run(`create table raw as select i, ${normal(1)} as age, ${normal(3)} as income, ${normal(5)} as visits, ${normal(7)} as basket,
      ['mobile', 'desktop', 'tablet', 'tv', 'console'][1 + (hash(i + 11) % 5)::integer] as device,
      ['north', 'south', 'east', 'west', 'abroad'][1 + (hash(i + 13) % 5)::integer] as region, ${uniform(9)} as u from range(${rows}) t(i)`);
    await duck.run(`create table rows as select printf('%08x', (hash(i + 17) % 4294967296)::bigint) || i as row_id, i + 1 as source_row,
      'e' || (i // ${rowsAnEntity}) as entity, timestamp '2026-03-01' + to_seconds(i) as seen_at,
      (case when u < 1 / (1 + exp(-(-2 + age + 0.7 * income - 0.5 * visits + (case when device = 'mobile' then 0.2 else 0 end))))
        then 1 else 0 end) as truth, age as "source:age", income as "source:income", visits as "source:visits", basket as "source:basket",
      device as "source:device", region as "source:region", i from raw`);
    const label = flipped === 0 ? 'truth' : `case when i % ${flipped} = 0 then 1 - truth else truth end`;
    await duck.run(`copy (select * exclude (truth, i), (${label})::tinyint as label from rows) to ${literal(snapshotPath)}`);
    await duck.run(`copy (select row_id, 'comparison' as purpose from rows) to ${literal(splitPath)}`);
    await duck.run(`copy (select row_id, 'training' as purpose from rows where i % 50 = 7) to ${literal(noSplit)}`);
  });
  const version = async (name: string, weights: readonly number[]) => {
    const bytes = writeLinearModel({ weights: Float32Array.from(weights), bias: -2 });
    const modelPath = path.join(folder, name);
    await writeFile(modelPath, bytes);
    return { manifest: manifestOf(sha256(bytes)), modelPath };
  };
  const job: EvaluationJob = {
    spec,
    snapshotPath,
    splitPath,
    workDir: folder,
    challenger: await version('challenger.onnx', challenger),
    champion: champion === null ? null : { ...(await version('champion.onnx', champion)), splitPath: noSplit, released: { figures: [] } },
    cost: { trainingMs: 1_000, scoringMsPerThousand: 2 },
  };
  return { job, remove: () => rm(folder, { recursive: true, force: true }) };
}

function manifestOf(artifactDigest: Manifest['artifactDigest']): Manifest {
  const counts = new Array<number>(10).fill(1_000);
  // Deciles of a standard normal.
  const edges = [-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816];
  const none = { kind: 'number', edges: [], counts: [0], nulls: 0 } as const;
  return {
    format: 'understudy.manifest.v1',
    model: modelName('shop'),
    task: 'binary-classification',
    encoder,
    onnx: { input: inputName, output: outputName, width: encoder.width },
    artifactDigest,
    trainer: { name: 'logistic-regression', seed: 1, parameters: {} },
    snapshotDigest: artifactDigest,
    splitDigest: artifactDigest,
    golden: [],
    referenceProfile: {
      format: 'understudy.reference-profile.v1',
      rows: 10_000,
      features: NUMBERS.map((feature) => ({ feature, histogram: { kind: 'number', edges, counts, nulls: 0 } })),
      score: none,
      baseRate: 0.19,
    },
    trainedRows: 10_000,
    baseRate: 0.19,
    importances: [],
  };
}
