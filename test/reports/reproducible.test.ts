import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/artifacts/store.ts';
import { canonical } from '../../src/domain/canonical.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { evidenceFrom } from '../../src/domain/stored-evidence.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { aComparison, aFigure, anEvidence, evidenceDigest } from './an-evidence.ts';
import { textOf } from './figures-of.ts';
import { digestsOfPages } from './render-pages.ts';

const script = path.join(import.meta.dirname, 'render-pages.ts');

test('the same evidence gives the same bytes: twice, and in another process with another time zone and language', async () => {
  const env = { ...process.env, TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' };
  const elsewhere = promisify(execFile)(process.execPath, ['--import', 'tsx', script], { env });
  const here = await digestsOfPages();
  expect(new Set(here).size).toBe(6);
  expect(sha256(await evidencePage(anEvidence(), { evidenceDigest }))).toBe(here[0]);
  expect(JSON.parse((await elsewhere).stdout)).toEqual(here);
});

test('evidence that is still in memory gives the page that is made again from the file', async () => {
  const nothing = { estimate: Number.NaN, interval: { low: Number.NaN, high: -0 }, standardError: null };
  const overall = aComparison({ figures: [aFigure('auc', 0.7, 0.6, { gain: nothing, margin: -0 })] });
  const evidence = anEvidence({ overall });
  const stored = JSON.parse(canonical(evidence)) as Evidence;
  expect(await evidencePage(evidence, { evidenceDigest })).toBe(await evidencePage(stored, { evidenceDigest }));
});

test('evidence from before the present format still gives a page', async () => {
  const comparison = {
    ...{ name: 'overall', critical: true, rows: 1_409, positives: 374, verdict: { kind: 'pass', reasons: ['AUC'] } },
    challenger: {
      auc: 0.842,
      aucInterval: { low: 0.82, high: 0.864 },
      logLoss: 0.41,
      logLossInterval: { low: 0.39, high: 0.43 },
      brier: 0.138,
    },
    ...{ opponent: null, aucGain: null, logLossGain: null, brierGain: null },
  };
  const first = {
    ...{ format: 'understudy.evidence.v1', model: 'churn', challenger: 'churn@1', specRevision: 1, decisionContract: null, waivers: [] },
    opponent: { kind: 'simple-baseline', baseRate: 0.26 },
    gates: {
      aucMargin: 0.01,
      logLossMargin: 0.03,
      brierMargin: 0.03,
      segmentMarginFactor: 2,
      minimumSegmentClass: 50,
      suspiciousAuc: 0.97,
    },
    comparisonRows: { count: 1_409, from: null, until: null, excludedBecauseTrainedOn: 0 },
    ...{ overall: comparison, segments: [comparison], verdict: comparison.verdict },
    curves: { roc: { challenger: [[0, 0]], opponent: null }, calibration: [{ meanScore: 0.2, rate: 0.21, rows: 900 }] },
  };
  const digests = {
    artifactDigest: 'a'.repeat(64),
    manifestDigest: 'b'.repeat(64),
    snapshotDigest: 'c'.repeat(64),
    splitDigest: 'd'.repeat(64),
  };
  const page = textOf(await evidencePage(evidenceFrom({ ...first, ...digests }), { evidenceDigest }));
  expect(page).toContain('AUC how often');
  expect(page).not.toMatch(/undefined|NaN|null/);
});
