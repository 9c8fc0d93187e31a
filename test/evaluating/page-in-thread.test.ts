import { expect, test } from 'vitest';
import { pageInThread } from '../../src/evaluating/page-in-thread.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { anEvidence, evidenceDigest } from '../reports/an-evidence.ts';

test('a page made in a thread is the same page', async () => {
  const evidence = anEvidence();
  const page = await pageInThread({ evidence, evidenceDigest });
  expect(page).toBe(await evidencePage(evidence, { evidenceDigest }));
});
