import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parityOf } from '../../src/check/parity.ts';
import type { Columns } from '../../src/features/columns.ts';
import { fitEncoder } from '../../src/features/encoder.ts';
import { understudy } from '../cli/a-command-line.ts';
import { aFeature } from '../data/fixtures.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'understudy-check-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noise = (row: number, by: number) => ((row * by) % 1_000) / 1_000;

beforeAll(() => {
  const row = (index: number) => {
    const [age, plan] = [18 + ((index * 37) % 60), ['gold', 'basic', 'n/a'][index % 3]!];
    const left = noise(index, 7_919) < (age < 40 ? 0.6 : 0.15) ? 1 : 0;
    const calls = left === 1 ? 5 + (index % 3) : index % 4;
    return `c${index},${age},${plan},${index % 2 ? 'yes' : 'no'},${calls},${left}`;
  };
  writeFileSync(
    path.join(folder, 'customers.csv'),
    `id,age,plan,member,calls,left\n${Array.from({ length: 3_000 }, (_, index) => row(index)).join('\n')}\n`,
  );
});

function aSpecFile(name: string, changes: (text: string) => string = (text) => text): string {
  const text = [
    'model: churn',
    'owners: team',
    'source: { path: customers.csv, missing: [n/a] }',
    'entity: id',
    'label: { column: left, maturity: 30d }',
    'features: { age: number, plan: category?, member: boolean }',
    'dataContract: { minimumRows: 1000 }',
  ].join('\n');
  writeFileSync(path.join(folder, name), changes(text));
  return name;
}

interface Told {
  readonly passes: boolean;
  readonly checks: readonly { readonly check: string; readonly state: string; readonly sentences: readonly string[] }[];
}

async function checked(...words: string[]): Promise<{ code: number; passes: boolean; states: Record<string, string>; told: Told }> {
  const { code, out } = await understudy(['check', ...words, '--json', '--sample', '1000'], { cwd: folder });
  const told = JSON.parse(out) as Told;
  return { code, passes: told.passes, states: Object.fromEntries(told.checks.map(({ check, state }) => [check, state])), told };
}

test('a sound spec with sound rows passes every check, without any server', async () => {
  const { code, passes, states } = await checked(aSpecFile('churn.yaml'));
  expect({ code, passes }).toEqual({ code: 0, passes: true });
  expect(new Set(Object.values(states))).toEqual(new Set(['pass']));
  expect(Object.keys(states)).toEqual(['rows', 'data contract', 'leaks', 'split', 'training', 'parity', 'golden rows', 'evaluation']);
});

test('a column that knows too much is a doubt, and a doubt is no pass', async () => {
  const { code, states, told } = await checked(aSpecFile('leak.yaml', (text) => text.replace('age: number', 'age: number, calls: number')));
  expect({ code, leaks: states.leaks, training: states.training }).toEqual({ code: 1, leaks: 'doubt', training: 'pass' });
  expect(told.checks.find(({ check }) => check === 'leaks')!.sentences[0]).toContain('"calls" alone reaches AUC');
});

test('a batch against its contract fails, and what does not build on it is tried all the same', async () => {
  const { code, states } = await checked(aSpecFile('few.yaml', (text) => text.replace('minimumRows: 1000', 'minimumRows: 100000')));
  expect({ code, contract: states['data contract'], evaluation: states.evaluation }).toEqual({
    code: 1,
    contract: 'fail',
    evaluation: 'pass',
  });
});

test('rows that cannot be read leave everything else unchecked', async () => {
  const { code, states } = await checked(aSpecFile('other.yaml', (text) => text.replace('entity: id', 'entity: customer')));
  expect({ code, rows: states.rows }).toEqual({ code: 1, rows: 'fail' });
  expect(
    Object.entries(states)
      .filter(([name]) => name !== 'rows')
      .every(([, state]) => state === 'not-checked'),
  ).toBe(true);
});

test('a trainer that works elsewhere is not checked here, which is no pass until it is left out by name', async () => {
  const file = aSpecFile('foreign.yaml', (text) => `${text}\ntrainer: { name: lightgbm, queue: training-lightgbm }`);
  const without = await checked(file);
  expect({ code: without.code, training: without.states.training }).toEqual({ code: 1, training: 'not-checked' });
  const left = await checked(file, '--without', 'training');
  expect({ code: left.code, training: left.states.training, evaluation: left.states.evaluation }).toEqual({
    code: 0,
    training: 'left-out',
    evaluation: 'left-out',
  });
});

test('a mistake in the spec is a sentence with its line', async () => {
  const { code, err } = await understudy(['check', aSpecFile('typo.yaml', (text) => text.replace('member: boolean', 'member: bolean'))], {
    cwd: folder,
  });
  expect(code).toBe(1);
  expect(err).toMatch(/typo\.yaml:6: .*did you mean "boolean"\?/);
});

const columns: Columns = new Map<string, Columns extends ReadonlyMap<string, infer C> ? C : never>([
  ['age', Float64Array.of(1.5, 0.1, Number.NaN)],
  ['plan', ['gold', null, 'a rare one']],
]);
const described = {
  inputs: [],
  features: [aFeature('age', 'number', { nullable: true }), aFeature('plan', 'category', { nullable: true })],
};
const rows = { columns, count: 3, seenAt: new Float64Array(3).fill(Number.NaN) };

test('parity holds for fractions, missing values and rare categories', () => {
  expect(parityOf(fitEncoder(described, columns), rows)).toEqual({ rows: 3, broken: null });
});

test('a row that training takes and a gateway refuses breaks parity', () => {
  const strict = { ...described, features: described.features.map((feature) => ({ ...feature, nullable: false })) };
  const { broken } = parityOf(fitEncoder(strict, columns), rows);
  expect(broken).toMatchObject({ row: 1, why: expect.stringContaining('a gateway would refuse it: plan') });
});
