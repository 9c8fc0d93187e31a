import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { describePlan } from '../../src/spec/describe.ts';
import { specJsonSchema } from '../../src/spec/json-schema.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const root = path.resolve(import.meta.dirname, '../..');
const examples = [
  'newsletter/newsletter',
  'newsletter/newsletter-tempting',
  'telco-churn/telco-churn',
  'telco-churn/telco-churn-trees',
  'bank-marketing/bank-marketing',
  'bank-marketing/bank-marketing-trees',
  'customer-value/customer-value',
  'voucher-uplift/voucher-uplift',
  'adult/adult',
];

function example(name: string, options: { columns?: readonly string[]; overrides?: { path: string; value: string }[] } = {}) {
  const file = path.join(root, 'examples', `${name}.yaml`);
  return parseSpec(readFileSync(file, 'utf8'), { file, ...options });
}

describe.each(examples)('%s', (name) => {
  test('parses', () => {
    expect(example(name).spec.model).toBe(path.basename(path.dirname(name)));
  });

  test('fits a screen and tells editors its schema', () => {
    const lines = readFileSync(path.join(root, 'examples', `${name}.yaml`), 'utf8').split('\n');
    expect(lines.length).toBeLessThan(60);
    expect(lines[0]).toBe('# yaml-language-server: $schema=../../src/spec/understudy.schema.json');
  });
});

describe.each(['telco-churn', 'bank-marketing'])('the real file of %s', (name) => {
  const data = path.join(root, '../shared/data', `${name}.csv`);

  test.skipIf(!existsSync(data))('has every column that the spec names (skipped where the file is absent)', () => {
    const [header = ''] = readFileSync(data, 'utf8').split('\n', 1);
    const columns = header.split(/[;,]/).map((column) => column.replaceAll('"', '').trim());
    expect(example(`${name}/${name}`, { columns }).spec.features.every((feature) => columns.includes(feature.name))).toBe(true);
  });
});

test('the tempting spec differs from the careful one by one feature that may be null', () => {
  const careful = example('newsletter/newsletter').spec;
  const tempting = example('newsletter/newsletter-tempting').spec;
  const added = tempting.features.filter(({ name }) => !careful.features.some((feature) => feature.name === name));
  expect(added).toMatchObject([{ name: 'support_minutes', nullable: true }]);
  expect({ ...tempting, features: careful.features }).toEqual(careful);
});

test('the schema for editors is the one the code makes', async () => {
  await expect(`${JSON.stringify(specJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../src/spec/understudy.schema.json');
});

test('a compressed plan is told beside what is usual', () => {
  const { spec } = example('newsletter/newsletter', { overrides: [{ path: 'rollout.step.duration', value: '8s' }] });
  const changed = describePlan(spec).filter(({ isUsual }) => !isUsual);
  expect(changed).toContainEqual({
    setting: 'each step',
    value: '8s, 5,000 predictions, the planned outcomes',
    usual: '2d, 5,000 predictions, the planned outcomes',
    isUsual: false,
  });
  expect(describePlan(spec, spec).every(({ isUsual }) => isUsual)).toBe(true);
});
