import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { evidenceSummary } from '../../src/cli/evidence-summary.ts';
import { inconclusive } from '../../src/domain/verdict.ts';
import { aComparison, anEvidence, evidenceDigest } from '../reports/an-evidence.ts';

const colours = picocolors.createColors(false);

test('of many segments in doubt a terminal shows the worst, and says how many more the page has', () => {
  const doubtful = Array.from({ length: 11 }, (_, at) =>
    aComparison({ name: `city = ${at}`, critical: at === 9, verdict: inconclusive('few') }),
  );
  const failing = aComparison({ name: 'city = last', critical: false, verdict: { kind: 'fail', reasons: ['worse'] } });
  const lines = evidenceSummary(anEvidence({ segments: [...doubtful, failing] }), evidenceDigest, colours).split('\n');
  const cities = lines.filter((line) => line.startsWith('  city = ')).map((line) => line.split(':')[0]!.trim());
  expect(cities).toEqual(['city = last', 'city = 9', ...[0, 1, 2, 3, 4, 5].map((at) => `city = ${at}`)]);
  expect(lines).toContain('  and 4 more: see the page');
});
