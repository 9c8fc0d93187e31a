/** A version's whole record, in which every figure differs from the others. */
import { digest, modelName, retrainingId, versionId } from '../../src/domain/ids.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { type CardSources, type ModelCardContext, modelCardContext } from '../../src/reports/model-card-context.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import type { VersionRecord } from '../../src/store/version-record.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { anEvidence, evidenceDigest } from './an-evidence.ts';

const yaml = `
model: newsletter
objective: who will open the next newsletter
audience: subscribers in the EU
owners: { data: dana, model: mike, release: rita, onCall: otto }
entity: customer
label: { column: opened, maturity: 48h }
features:
  opened_last_90d: number
  days_since_signup: number
  device: category
`;

function aSpec(): Spec {
  const { spec } = parseSpec(yaml, { file: 'newsletter.yaml' });
  return {
    ...spec,
    consent: { column: 'consent', allowed: ['yes', 'opt-in 2024'] },
    personal: ['email'],
    decision: anEvidence().decision,
    trainer: {
      ...spec.trainer,
      calibration: 'isotonic',
      search: { trials: 24, ranges: { learningRate: { from: 0.013, to: 0.27, scale: 'log', whole: false } } },
    },
  };
}

export function aRecord(changes: Partial<VersionRecord> = {}): VersionRecord {
  const version = versionId('newsletter@2');
  return {
    version: {
      version,
      model: modelName('newsletter'),
      number: 2,
      retrainingId: retrainingId('training-2'),
      artifact: digest('a'.repeat(64)),
      manifest: digest('b'.repeat(64)),
      snapshot: digest('c'.repeat(64)),
      split: digest('d'.repeat(64)),
      specRevision: 7,
      codeCommit: '1f2e3d4c',
      lockfile: 'e'.repeat(64),
      trainer: { name: 'gradient-boosted-trees' },
      seed: 4_711,
      metrics: { machine: { cpu: 'a cpu at 2.9 GHz', threads: 12, memoryBytes: 33_300_000_000, platform: 'linux x64', node: '20.20.2' } },
      evidence: evidenceDigest,
      requestedBy: [{ by: 'schedule', reason: 'weekly' }],
      registeredAt: '2026-03-02T05:17:00.000Z',
    },
    spec: aSpec(),
    snapshot: {
      source: { path: '/somewhere/private/newsletter-2026.csv', bytes: 1 },
      rowsIn: 203_117,
      rowsKept: 201_884,
      setAside: [
        { rule: 'type', count: 1_009 },
        { rule: 'duplicate', count: 224 },
      ],
      earliestAt: '2025-08-13T00:00:00.000Z',
      latestAt: '2026-02-28T23:59:00.000Z',
      takenAt: '2026-03-02T04:03:00.000Z',
      withdrawn: null,
    },
    approvals: [{ by: 'ann', at: '2026-03-02T09:41:00.000Z', reason: 'read it, 3 questions answered', evidence: evidenceDigest }],
    waivers: [{ gate: 'leak-check', by: 'bob', at: '2026-03-02T05:01:00.000Z', reason: 'known before sending' }],
    history: [
      { sequence: 61, at: '2026-03-02T05:17:00.000Z', by: 'understudy', summary: 'newsletter@2 is registered' },
      { sequence: 74, at: '2026-03-09T11:26:00.000Z', by: 'understudy', summary: 'newsletter@2 answers 25 % of the traffic' },
    ],
    asOf: { sequence: 83, at: '2026-03-10T07:08:00.000Z', digest: '9'.repeat(64) },
    isChampion: false,
    rollout: { id: 'rollout-training-2', phase: 'ramping' },
    ...changes,
  };
}

export function aManifest(): Manifest {
  const nothing = { rows: 131_224, baseRate: 0.2043 };
  return {
    format: 'understudy.manifest.v1',
    model: modelName('newsletter'),
    task: 'binary-classification',
    encoder: {
      format: 'understudy.encoder.v1',
      inputs: [
        { name: 'opened_last_90d', type: 'number', nullable: false },
        { name: 'days_since_signup', type: 'number', nullable: false },
        { name: 'device', type: 'category', nullable: true },
      ],
      columns: [
        { kind: 'raw', input: 0 },
        { kind: 'raw', input: 1 },
        { kind: 'code', input: 2, values: ['mobile', 'desktop'] },
      ],
      width: 3,
      missingTexts: [],
    },
    onnx: { input: 'x', output: 'y', width: 3 },
    artifactDigest: digest('a'.repeat(64)),
    trainer: { name: 'gradient-boosted-trees', seed: 4_711, parameters: { trees: 412, learningRate: 0.043, minimumRows: 1_050 } },
    searched: {
      judgedBy: 'log-loss',
      tried: [
        { parameters: { trees: 412, learningRate: 0.05, minimumRows: 1_050 }, loss: 0.4571 },
        { parameters: { trees: 412, learningRate: 0.043, minimumRows: 1_050 }, loss: 0.4517 },
      ],
      chosen: 1,
    },
    snapshotDigest: digest('c'.repeat(64)),
    splitDigest: digest('d'.repeat(64)),
    golden: [],
    referenceProfile: {
      format: 'understudy.reference-profile.v1',
      ...nothing,
      features: [
        {
          feature: 'opened_last_90d',
          histogram: { kind: 'number', edges: [0.03125, 0.4, 0.8125], counts: [13_121, 9, 8, 13_093], nulls: 0 },
        },
        {
          feature: 'days_since_signup',
          histogram: { kind: 'number', edges: [14, 400, 2_190], counts: [13_034, 9, 8, 13_216], nulls: 431 },
        },
        {
          feature: 'device',
          histogram: {
            kind: 'category',
            counts: [
              { value: 'mobile', count: 90_000 },
              { value: 'desktop', count: 35_000 },
              { value: 'tablet', count: 5_312 },
            ],
            other: 101,
            nulls: 811,
          },
        },
      ],
      score: { kind: 'number', edges: [], counts: [131_224], nulls: 0 },
    },
    trainedRows: 131_224,
    baseRate: 0.2043,
    importances: [],
  };
}

export function aCardContext(changes: Partial<CardSources> = {}): ModelCardContext {
  return modelCardContext({ record: aRecord(), manifest: aManifest(), evidence: anEvidence(), profile: null, ...changes });
}
