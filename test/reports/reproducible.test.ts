import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/artifacts/store.ts';
import { canonical } from '../../src/domain/canonical.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { aComparison, aFigure, anEvidence, evidenceDigest } from './an-evidence.ts';
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
