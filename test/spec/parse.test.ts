import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { stringify } from 'yaml';
import type { Spec } from '../../src/domain/spec.ts';
import { Failure } from '../../src/failures.ts';
import { type ParseOptions, parseSpec } from '../../src/spec/parse.ts';
import type { specSchema } from '../../src/spec/schema.ts';
import { toSpec } from '../../src/spec/to-spec.ts';

const LEAST = `model: churn
owners: crm-team
entity: customer
label: { column: left, maturity: 30d }
features:
  age: number
  plan: category?
`;

function parsed(yaml: string, options: Partial<ParseOptions> = {}): Spec {
  return parseSpec(yaml, { file: 'models/churn.yaml', ...options }).spec;
}

function problemsIn(yaml: string, options: Partial<ParseOptions> = {}): string[] {
  try {
    parsed(yaml, options);
  } catch (failure) {
    if (failure instanceof Failure && failure.type === 'SpecInvalid') return failure.message.split('\n');
    throw failure;
  }
  return [];
}

const withLines = (lines: string) => `${LEAST}${lines}\n`;

test('seven lines describe a model', () => {
  const spec = parsed(LEAST);
  expect(spec).toMatchObject({ model: 'churn', task: 'binary-classification', time: null, entity: { kind: 'column', column: 'customer' } });
  expect(spec.owners).toEqual({ data: 'crm-team', model: 'crm-team', release: 'crm-team', onCall: 'crm-team' });
  expect(spec.features[1]).toMatchObject({ name: 'plan', type: 'category', nullable: true, transform: 'one-hot' });
  expect(spec.label).toMatchObject({
    outcome: 'left',
    positive: '1',
    better: 'higher',
    isPrimary: true,
    absent: 'negative',
    dependsOnAction: 'possible',
  });
});

test('the defaults are those of the product', () => {
  const { rollout, approval, monitoring, gates, retraining, split } = parsed(LEAST);
  const [hour, day] = [3_600_000, 86_400_000];
  expect(rollout).toMatchObject({
    steps: [500, 2_500, 5_000],
    shadow: { durationMs: 48 * hour, predictions: 5_000, maturedOutcomes: 0 },
    step: { durationMs: 48 * hour, predictions: 5_000, maturedOutcomes: 'planned' },
    longestStepMs: 3 * (48 * hour + 30 * day),
    lookEveryMs: 600_000,
    patienceMs: 72 * hour,
    holdBackBps: 500,
    probationMs: 14 * day,
    alpha: 0.05,
    whenOpen: 'wait',
  });
  expect(rollout.metrics).toEqual({
    errors: { margin: 0.01, critical: true },
    latency: { margin: 0.15, toleranceMs: 5, limitMs: 200, batchMs: 900_000, critical: true },
    conversion: { margin: 0.1, critical: true },
    logLoss: { margin: 0.03, critical: true },
    auc: { margin: 0.02, critical: true },
    absoluteError: { margin: 0.03, critical: true },
  });
  expect(approval).toEqual({ quorum: 1, expiresMs: 72 * hour, approvers: [] });
  expect(monitoring).toMatchObject({ psiSignificant: 0.1, psiMajor: 0.25, everyMs: hour, windowMs: day });
  expect(gates).toMatchObject({ aucMargin: 0.01, logLossMargin: 0.03, brierMargin: 0.03, minimumSegmentClass: 50, suspiciousAuc: 0.97 });
  expect(retraining).toEqual({ everyMs: 7 * day });
  expect(split).toMatchObject({ by: 'entity', shares: { training: 0.6, validation: 0.1, comparison: 0.2 } });
});

describe('a mistake is one sentence with its line', () => {
  const METRICS = 'errors, latency, conversion, logLoss, auc, absoluteError';
  test.each([
    [
      'an unknown key',
      withLines(`rollout:\n  metrics:\n    convertion: { margin: 5% }`),
      `models/churn.yaml:10: expected a key of rollout.metrics (${METRICS}), found "convertion"; did you mean "conversion"?`,
    ],
    [
      'an unknown key of the file',
      withLines('gate: { auc: 0.02 }'),
      /^models\/churn\.yaml:8: expected a key of a spec \(model, .*\), found "gate"; did you mean "gates"\?$/,
    ],
    [
      'a type that does not exist',
      LEAST.replace('age: number', 'age: nmber'),
      'models/churn.yaml:6: expected features.age.type to be one of number, category, boolean, found "nmber"; did you mean "number"?',
    ],
    [
      'a missing label',
      LEAST.replace('label:', '#'),
      'models/churn.yaml:1: expected label to be a mapping with column, positive, alsoPositive, negative, outcome, maturity, absent, better, dependsOnAction, cap, found nothing',
    ],
    [
      'a label without its maturity',
      LEAST.replace(', maturity: 30d', ''),
      'models/churn.yaml:4: expected label.maturity to be a duration such as 500ms, 10s, 15m, 48h or 30d, found nothing',
    ],
    [
      'a wrong duration',
      withLines('rollout: { step: { duration: 48 hours } }'),
      'models/churn.yaml:8: expected rollout.step.duration to be a duration such as 500ms, 10s, 15m, 48h or 30d, found "48 hours"; did you mean "48h"?',
    ],
    [
      'a percentage without its sign',
      withLines('rollout: { holdBack: 5 }'),
      'models/churn.yaml:8: expected rollout.holdBack to be a share of the traffic such as 5% or 0.05, found 5; did you mean "5%"?',
    ],
    [
      'steps that do not rise',
      withLines('rollout:\n  steps:\n    - 5%\n    - 25%\n    - 10%'),
      'models/churn.yaml:12: expected a share above the step before it, 25%, found "10%"',
    ],
    [
      'a step twice',
      withLines('rollout: { steps: [5%, 5%] }'),
      'models/churn.yaml:8: expected a share above the step before it, 5%, found "5%"',
    ],
    ['a step of nobody', withLines('rollout: { steps: [0, 5%] }'), 'models/churn.yaml:8: expected a share above 0%, found 0'],
    [
      'a step above one half',
      withLines('rollout: { steps: [5%, 60%] }'),
      'models/churn.yaml:8: expected a share of at most 50%, since the control arm is as large, found "60%"',
    ],
    [
      'the label among the features',
      LEAST.replace('age: number', 'left: number'),
      'models/churn.yaml:6: expected features without the label, found "left"',
    ],
    [
      'the entity among the features',
      LEAST.replace('age: number', 'customer: category'),
      'models/churn.yaml:6: expected features without the entity, which names a row and says nothing about it, found "customer"',
    ],
    [
      'a segment known only afterwards',
      withLines('knownAfterOutcome: [calls]\nsegments: [calls]'),
      'models/churn.yaml:9: expected a column that is known when the prediction is made, found "calls"',
    ],
    [
      'a rule about an unknown column',
      withLines('dataContract:\n  rules:\n    - { column: agee, minimum: 18 }'),
      'models/churn.yaml:10: expected a column that the spec names elsewhere, found "agee"; did you mean "age"?',
    ],
    [
      'two primary outcomes',
      withLines('outcomes:\n  - { name: a, maturity: 2d, role: primary }\n  - { name: b, maturity: 2d, role: primary }'),
      'models/churn.yaml:10: expected exactly one primary outcome, found a second one',
    ],
    [
      'shares above everything',
      withLines('split: { shares: { training: 80%, validation: 10%, comparison: 20% } }'),
      'models/churn.yaml:8: expected shares that sum to at most 100%, found 110%',
    ],
    [
      'dates in a split by entity',
      withLines('split: { trainingUntil: 2024-01-31 }'),
      'models/churn.yaml:8: expected dates only in a split by: time, found "2024-01-31"',
    ],
    [
      'a split by a time that is not named',
      withLines('split: { by: time }'),
      'models/churn.yaml:8: expected entity, because the spec names no time, found "time"',
    ],
    [
      'a day that does not exist',
      withLines('time: sent\nsplit: { trainingUntil: 2024-02-30 }'),
      'models/churn.yaml:9: expected split.trainingUntil to be a date such as 2008-12-31, found "2024-02-30"',
    ],
    [
      'month names without a year',
      withLines('time: { monthNames: month }'),
      'models/churn.yaml:8: expected the year of the first row beside monthNames, found nothing',
    ],
    [
      'a transformation of another type',
      LEAST.replace('age: number', 'age: { type: number, transform: one-hot }'),
      'models/churn.yaml:6: expected none or standardise or log for a number, found "one-hot"',
    ],
    ['a list', '- model: churn\n', 'models/churn.yaml:1: expected a mapping that begins with "model: ...", found a list'],
    ['an empty file', '', 'models/churn.yaml:1: expected a mapping that begins with "model: ...", found nothing'],
    ['a key written twice', withLines('entity: other'), 'models/churn.yaml:8: expected each key once, found one again'],
    ['a broken line', withLines('gates: { auc: 0.01'), /^models\/churn\.yaml:9: expected YAML, found a mistake at column 1: /],
  ])('%s', (_, yaml, expected) => {
    const problems = problemsIn(yaml);
    expect(problems).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)]);
  });
});

test('one round shows every mistake, in the order of the file', () => {
  const problems = problemsIn('modle: churn\nowners: me\nentity: left\nfeatures:\n  left: nmber\nrollout: { steps: [50%, 5%] }\n');
  expect(problems.map((problem) => Number(/:(\d+):/.exec(problem)?.[1]))).toEqual([1, 1, 1, 5, 6]);
});

test('with the header at hand, every column is looked up in it', () => {
  const columns = ['customer', 'left', 'age', 'Plan', 'region'];
  expect(problemsIn(withLines('segments: [region]\ndataContract: { rules: [{ column: region, required: true }] }'), { columns })).toEqual([
    'models/churn.yaml:7: expected a column of the source, found "plan"; did you mean "Plan"?',
  ]);
});

describe('overrides', () => {
  test('change what the file says, before it is checked', () => {
    const overrides = [
      { path: 'rollout.step.duration', value: '8s' },
      { path: 'rollout.steps', value: '[10%, 50%]' },
      { path: 'features.calls', value: 'number?' },
      { path: 'features.plan', value: 'null' },
    ];
    const { spec, yaml } = parseSpec(LEAST, { file: 'churn.yaml', overrides });
    expect(spec.rollout).toMatchObject({ steps: [1_000, 5_000], step: { durationMs: 8_000 } });
    expect(spec.features.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['age', false],
      ['calls', true],
    ]);
    expect(parseSpec(yaml, { file: 'churn.yaml' }).spec).toEqual(spec);
  });

  test('reach features with dots in their names', () => {
    const yaml = LEAST.replace('age: number', 'emp.var.rate: { type: number }');
    const overrides = [
      { path: 'features.emp.var.rate.nullable', value: 'true' },
      { path: 'features.nr.employed', value: 'number' },
    ];
    expect(parsed(yaml, { overrides }).features).toMatchObject([
      { name: 'emp.var.rate', nullable: true },
      { name: 'plan' },
      { name: 'nr.employed' },
    ]);
  });

  test.each([
    [
      'rollout.step.duration',
      'soon',
      '--set rollout.step.duration=soon: expected rollout.step.duration to be a duration such as 500ms, 10s, 15m, 48h or 30d, found "soon"',
    ],
    [
      'rollout.stp.duration',
      '8s',
      /^--set rollout\.stp\.duration=8s: expected a key of rollout \(.*\), found "stp"; did you mean "step"\?$/,
    ],
    ['entity.column', 'x', '--set entity.column=x: expected a path through mappings, found a single value on the way'],
    ['gates..auc', '1', '--set gates..auc: expected a path such as rollout.step.duration, found an empty name in it'],
  ])('%s=%s is refused in the same words', (path, value, expected) => {
    expect(problemsIn(LEAST, { overrides: [{ path, value }] })).toEqual([
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    ]);
  });
});

test('a relative source lies beside the file, one from the command line does not', () => {
  const yaml = withLines('source: data/churn.csv');
  expect(parsed(yaml, { file: '/models/churn.yaml' }).source.path).toBe('/models/data/churn.csv');
  expect(parsed(yaml, { file: '/models/churn.yaml', dataPath: '/tmp/other.csv' }).source.path).toBe('/tmp/other.csv');
  expect(parsed(LEAST).source.path).toBeNull();
});

test('limits beside a feature become rules about its column, unless the rules name it themselves', () => {
  const yaml = LEAST.replace('age: number', 'age: { type: number, minimum: 18 }');
  expect(parsed(yaml).dataContract.rules).toMatchObject([{ column: 'age', minimum: 18, maximum: null }]);
  const both = `${yaml}dataContract: { rules: [{ column: age, minimum: 21 }] }\n`;
  expect(parsed(both).dataContract.rules).toMatchObject([{ column: 'age', minimum: 21 }]);
});

test('comments and the order of keys do not change the digest, values do', () => {
  const digestOf = (yaml: string) => parseSpec(yaml, { file: 'churn.yaml' }).digest;
  const [first, second, ...others] = LEAST.split('\n');
  expect(digestOf([second, first, '# a comment', ...others].join('\n'))).toBe(digestOf(LEAST));
  expect(digestOf(LEAST.replace('30d', '31d'))).not.toBe(digestOf(LEAST));
});

test('whatever is written, a spec comes out or sentences with their lines', () => {
  const key = fc.constantFrom(
    'model',
    'owners',
    'source',
    'entity',
    'time',
    'label',
    'outcomes',
    'features',
    'segments',
    'rollout',
    'split',
    'gates',
  );
  const inner = fc.constantFrom(
    'column',
    'maturity',
    'steps',
    'step',
    'duration',
    'shares',
    'training',
    'metrics',
    'auc',
    'rules',
    'age',
    '0',
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.dictionary(inner, fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.dictionary(inner, fc.jsonValue()))),
  );
  const whole = {
    model: 'churn',
    owners: 'me',
    entity: 'customer',
    label: { column: 'left', maturity: '30d' },
    features: { age: 'number' },
  };
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 4 }), (changed) => {
      const yaml = stringify({ ...whole, ...changed });
      for (const problem of problemsIn(yaml)) expect(problem).toMatch(/^models\/churn\.yaml:[1-9]\d*: expected .+, found .+$/s);
    }),
    { seed: 3, numRuns: 400 },
  );
});

test('what the schema yields is a Spec', () => {
  expectTypeOf(toSpec).returns.toExtend<Spec>();
  expectTypeOf<ReturnType<typeof specSchema.parse>>().toExtend<Parameters<typeof toSpec>[0]>();
});
