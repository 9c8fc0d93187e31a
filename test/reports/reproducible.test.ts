import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/artifacts/store.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { anEvidence, evidenceDigest } from './an-evidence.ts';
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
