import { describe, expect, test } from 'vitest';
import { checkDataContract } from '../../src/data/contract/data-contract.ts';
import { labelCap } from '../../src/data/label-cap.ts';
import { readRows } from '../../src/data/rows.ts';
import { splitSnapshot } from '../../src/data/split.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { judgeDataContract } from '../../src/gates/data-contract.ts';
import { judgeLeaks } from '../../src/gates/leak-check.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { aFeature, aSpec, aWorkshop } from './fixtures.ts';

const workshop = aWorkshop();
const label = (more: Partial<Spec['label']> = {}) => ({ ...aSpec().label, ...more });

const valueSpec = aSpec({ task: 'regression', label: label({ column: 'spent' }), features: [aFeature('visits', 'number')] });
const upliftSpec = aSpec({
  task: 'uplift',
  label: label({ column: 'bought', positive: 'yes' }),
  treatment: { column: 'mailed', treated: 'yes', share: 0.5 },
  features: [aFeature('age', 'number'), aFeature('plan', 'category')],
});

async function check(csv: string, spec: Spec) {
  const snapshot = await workshop.ingest(csv, spec);
  const report = await checkDataContract({ spec, snapshotPath: workshop.artifacts.pathOf(snapshot.artifactDigest) });
  const { suspiciousAuc } = spec.dataContract;
  return { report, contract: judgeDataContract(report, spec.dataContract), leaks: judgeLeaks(report.featurePower, suspiciousAuc) };
}

describe('a regression', () => {
  const header = 'id,visits,spent';

  test('keeps the number, and sets aside what is none', async () => {
    const snapshot = await workshop.ingest(`${header}\n1,3,12.5\n2,1,-4\n3,2,\n4,2,much\n5,9,"1,5"\n`, valueSpec);
    expect(snapshot).toMatchObject({ rowsIn: 5, rowsKept: 3 });
    const aside = await workshop.quarantine(snapshot);
    expect(aside.map(({ rowNumber, rule, column }) => [rowNumber, rule, column])).toEqual([
      [5, 'type', 'spent'],
      [6, 'type', 'spent'],
    ]);
  });

  test('counts no positives in its split, but a mean', async () => {
    const spec = { ...valueSpec, time: null, split: { ...valueSpec.split, by: 'entity' as const } };
    const csv = `${header}\n${Array.from({ length: 200 }, (_, index) => `${index},1,${index % 2 === 0 ? 10 : 30}`).join('\n')}\n`;
    const snapshot = await workshop.ingest(csv, spec);
    const snapshotPath = workshop.artifacts.pathOf(snapshot.artifactDigest);
    const { counts, digest } = await splitSnapshot({ spec, snapshotPath, artifacts: workshop.artifacts, workDir: workshop.folder });
    const splitPath = workshop.artifacts.pathOf(digest);
    const { targets } = await readRows({ snapshotPath, splitPath, purpose: 'training', columns: [] });
    expect(new Set(targets)).toEqual(new Set([10, 30]));
    expect(counts.training.positives).toBeNull();
    expect(counts.training.meanLabel).toBeGreaterThan(15);
    expect(counts.training.meanLabel).toBeLessThan(25);
    expect(counts.unlabelled).toMatchObject({ rows: 0, meanLabel: null });
  });

  test('counts a value at most as the 99th percentile of those that are not zero, on the comparison rows', async () => {
    const spec = {
      ...valueSpec,
      split: { ...valueSpec.split, by: 'entity' as const, shares: { training: 0.01, validation: 0, calibration: 0, comparison: 0.99 } },
    };
    const csv = `${header}\n${Array.from({ length: 2_000 }, (_, index) => `${index},1,${index % 4 === 0 ? (index === 400 ? 1e6 : 50) : 0}`).join('\n')}\n`;
    const snapshot = await workshop.ingest(csv, spec);
    const snapshotPath = workshop.artifacts.pathOf(snapshot.artifactDigest);
    const { digest } = await splitSnapshot({ spec, snapshotPath, artifacts: workshop.artifacts, workDir: workshop.folder });
    expect(await labelCap({ snapshotPath, splitPath: workshop.artifacts.pathOf(digest) })).toBe(50);
  });

  test('cannot be learned from a label that is always the same', async () => {
    const { contract } = await check(`${header}\n1,3,7\n2,1,7.0\n3,2,\n`, valueSpec);
    expect(contract.kind).toBe('fail');
    expect(contract.reasons[0]).toContain('all 2 rows have the label 7');
  });

  test('has features that rank the number, of which one that nearly is the number is suspicious', async () => {
    const random = seededRandom(3);
    const rows = Array.from({ length: 2_000 }, (_, index) => {
      const visits = Math.round(10 * random.uniform());
      const spent = Math.max(0, 5 * visits + 30 * random.normal());
      return `${index},${visits},${spent.toFixed(2)},${(spent / 1.19 + 0.5 * random.normal()).toFixed(2)}`;
    });
    const spec = { ...valueSpec, features: [...valueSpec.features, aFeature('net', 'number')] };
    const { report, leaks } = await check(`${header},net\n${rows.join('\n')}\n`, spec);
    const [visits, net] = report.featurePower;
    expect(visits!.auc).toBeGreaterThan(0.55);
    expect(visits!.auc).toBeLessThan(0.75);
    expect(net!.auc).toBeGreaterThan(0.95);
    expect(leaks.kind).toBe('inconclusive');
    expect(leaks.reasons).toHaveLength(1);
    expect(leaks.reasons[0]).toContain('"net" alone');
  });
});

describe('an uplift model', () => {
  const header = 'id,age,plan,mailed,bought';

  /** `mailed` says who gets the mail; half of it unless told otherwise. */
  function experiment(rows: number, seed: number, mailed = (_age: number, draw: number) => draw < 0.5): string {
    const random = seededRandom(seed);
    const lines = Array.from({ length: rows }, (_, index) => {
      const age = Math.round(20 + 50 * random.uniform());
      const plan = random.uniform() < 0.3 ? 'gold' : 'basic';
      const treated = mailed(age, random.uniform());
      const bought = random.uniform() < 0.2 + (treated && age < 40 ? 0.2 : 0);
      return `${index},${age},${plan},${treated ? 'yes' : 'no'},${bought ? 'yes' : 'no'}`;
    });
    return `${header}\n${lines.join('\n')}\n`;
  }

  test('keeps who was treated, and sets aside rows of which nobody knows', async () => {
    const snapshot = await workshop.ingest(`${header}\n1,30,gold,yes,yes\n2,31,gold,no,no\n3,32,gold,,no\n`, upliftSpec);
    expect(snapshot).toMatchObject({ rowsKept: 2 });
    expect((await workshop.quarantine(snapshot)).map(({ rule, column }) => [rule, column])).toEqual([['required', 'mailed']]);
  });

  test('has another digest when somebody else was treated', async () => {
    const one = await workshop.ingest(`${header}\n1,30,gold,yes,yes\n2,31,gold,no,no\n`, upliftSpec);
    const other = await workshop.ingest(`${header}\n1,30,gold,no,yes\n2,31,gold,yes,no\n`, upliftSpec);
    expect(other.digest).not.toBe(one.digest);
  });

  test('passes with a randomised treatment, whatever the draw', async () => {
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const { contract, leaks } = await check(experiment(1_500, seed), upliftSpec);
      kinds.add(`${contract.kind}, ${leaks.kind}`);
    }
    expect([...kinds]).toEqual(['pass, pass']);
  });

  test('is stopped when nobody was treated, or not as many as the experiment was designed for', async () => {
    const nobody = await check(
      experiment(500, 1, () => false),
      upliftSpec,
    );
    expect(nobody.contract.reasons.join()).toContain('none of 500 labelled rows were treated');
    const few = await check(
      experiment(4_000, 1, (_, draw) => draw < 0.4),
      upliftSpec,
    );
    expect(few.contract.kind).toBe('fail');
    expect(few.contract.reasons.join()).toContain('expected 50 % treated');
  });

  test('needs a person when a feature tells who was treated', async () => {
    const { contract, leaks } = await check(
      experiment(4_000, 1, (age, draw) => draw < (age < 45 ? 0.6 : 0.4)),
      upliftSpec,
    );
    expect(contract.kind).toBe('pass');
    expect(leaks.kind).toBe('inconclusive');
    expect(leaks.reasons).toHaveLength(1);
    expect(leaks.reasons[0]).toContain('"age" tells who was treated');
  });
});

test('a label may be written in several ways, and what is no label is set aside', async () => {
  const spec = aSpec({ label: label({ positive: '>50K', alsoPositive: ['>50K.'], negative: ['<=50K', '<=50K.'] }) });
  const snapshot = await workshop.ingest(
    'id,age,plan,member,bought\n1,30,a,yes,>50K\n2,30,a,yes,>50K.\n3,30,a,no,<=50K.\n4,30,a,no,?\n',
    spec,
  );
  expect(snapshot).toMatchObject({ rowsKept: 3 });
  expect((await workshop.quarantine(snapshot)).map(({ rule, column }) => [rule, column])).toEqual([['allowed', 'bought']]);
});
