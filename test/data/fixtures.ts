import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { type ArtifactStore, openArtifacts } from '../../src/artifacts/store.ts';
import { ingest } from '../../src/data/ingest.ts';
import { readQuarantine } from '../../src/data/quarantine.ts';
import type { QuarantinedRow, Snapshot } from '../../src/data/snapshot.ts';
import { modelName, shareBps } from '../../src/domain/ids.ts';
import type { ColumnRule } from '../../src/domain/data-contract-spec.ts';
import type { FeatureSpec } from '../../src/domain/feature-spec.ts';
import type { Spec } from '../../src/domain/spec.ts';

export function aFeature(name: string, type: FeatureSpec['type'], more: Partial<FeatureSpec> = {}): FeatureSpec {
  const transform = type === 'number' ? 'standardise' : type === 'category' ? 'one-hot' : 'none';
  const usual = { derive: null, monotone: 'none', owner: 'a', version: 1, maxCategories: 50, description: '' } as const;
  return { name, type, nullable: false, transform, ...usual, ...more };
}

export function aRule(column: string, more: Partial<ColumnRule> = {}): ColumnRule {
  return {
    column,
    required: false,
    minimum: null,
    maximum: null,
    allowed: null,
    maximumNulls: null,
    maximumUnseen: null,
    unique: false,
    pattern: null,
    distinct: null,
    severity: null,
    ...more,
  };
}

export function aSource(more: Partial<Spec['source']> = {}): Spec['source'] {
  const csv = { path: null, format: 'csv', separator: ',', missing: ['', 'n/a'], header: null, skipLines: 0 } as const;
  const second = { comparisonPath: null, comparisonSkipLines: 0, query: null, connection: null } as const;
  return { ...csv, ...second, timeZone: 'UTC', partialDay: 'keep', key: null, ...more };
}

export function aDataContract(more: Partial<Spec['dataContract']> = {}): Spec['dataContract'] {
  const rows = { minimumRows: 1, maximumBadRows: 0.05, suspiciousAuc: 0.8, rules: [], expressions: [] };
  return { ...rows, rowCountBand: null, freshness: null, servingSkew: null, shift: null, labelShift: null, ...more };
}

/** Customers with an id, an age, a plan, whether they are members, and whether they bought. */
export function aSpec(more: Partial<Spec> = {}): Spec {
  const margin = { margin: 0.1, critical: true };
  const minimum = { durationMs: 1, predictions: 1, maturedOutcomes: 0 };
  return {
    model: modelName('purchase'),
    objective: '',
    audience: '',
    owners: { data: 'a', model: 'a', release: 'a', onCall: 'a' },
    task: 'binary-classification',
    source: aSource(),
    consent: null,
    personal: [],
    entity: { kind: 'column', column: 'id' },
    time: null,
    label: {
      column: 'bought',
      positive: 'yes',
      alsoPositive: [],
      negative: null,
      outcome: 'bought',
      maturityMs: 1,
      absent: 'negative',
      dependsOnAction: 'possible',
      better: 'higher',
      cap: null,
      isPrimary: true,
    },
    treatment: null,
    outcomes: [],
    inputs: [],
    features: [aFeature('age', 'number'), aFeature('plan', 'category', { nullable: true }), aFeature('member', 'boolean')],
    events: [],
    knownAfterOutcome: [],
    dataContract: aDataContract(),
    split: {
      by: 'entity',
      column: null,
      shares: { training: 0.7, validation: 0.1, calibration: 0, comparison: 0.2 },
      trainingUntil: null,
      comparisonFrom: null,
      comparisonUntil: null,
    },
    trainer: { name: 'logistic-regression', queue: 'training', seed: 1, parameters: {}, calibration: 'none', search: null, weight: null },
    gates: {
      aucMargin: 0.01,
      logLossMargin: 0.03,
      brierMargin: 0.03,
      margins: {},
      draws: 100,
      segmentMarginFactor: 2,
      minimumSegmentClass: 50,
      suspiciousAuc: 0.97,
    },
    decision: null,
    segments: [],
    fairness: [],
    golden: [],
    approval: { quorum: 1, expiresMs: 1, approvers: [] },
    rollout: {
      steps: [shareBps(500)],
      shadow: minimum,
      step: minimum,
      longestStepMs: 1,
      lookEveryMs: 1,
      patienceMs: 1,
      holdBackBps: shareBps(500),
      probationMs: 1,
      alpha: 0.05,
      metrics: {
        errors: margin,
        latency: { ...margin, toleranceMs: 5, limitMs: 200, batchMs: 1000 },
        conversion: margin,
        logLoss: margin,
        auc: margin,
        absoluteError: margin,
      },
      whenOpen: 'wait',
    },
    monitoring: {
      everyMs: 1,
      minimumPredictions: 1,
      windowMs: 1,
      psiSignificant: 0.1,
      psiMajor: 0.25,
      aucMargin: 0.02,
      logLossMargin: 0.05,
      absoluteErrorMargin: 0.05,
      minimumMatured: 1,
      quietMs: 1,
    },
    retraining: { everyMs: null },
    ...more,
  };
}

export interface Workshop {
  readonly folder: string;
  readonly artifacts: ArtifactStore;
  write(content: string | Buffer): string;
  ingest(content: string | Buffer, spec?: Spec): Promise<Snapshot>;
  quarantine(snapshot: Snapshot): Promise<QuarantinedRow[]>;
}

/** A folder of the test's own, gone when its file is done. */
export function aWorkshop(): Workshop {
  const folder = mkdtempSync(path.join(tmpdir(), 'understudy-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const artifacts = openArtifacts(path.join(folder, 'artifacts'));
  let files = 0;
  const write = (content: string | Buffer) => {
    const file = path.join(folder, `source-${++files}.csv`);
    writeFileSync(file, content);
    return file;
  };
  return {
    folder,
    artifacts,
    write,
    ingest: (content, spec = aSpec()) => ingest({ spec, path: write(content), artifacts, workDir: folder }),
    quarantine: async (snapshot) => {
      const rows: QuarantinedRow[] = [];
      for await (const row of readQuarantine(artifacts, snapshot.quarantineDigest)) rows.push(row);
      return rows;
    },
  };
}
