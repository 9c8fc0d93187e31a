/** Every column of every real data set as a feature: the leak check must speak of the one that leaks, and of no other. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDataContract } from '../../src/data/contract/data-contract.ts';
import { ingest } from '../../src/data/ingest.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { judgeLeaks } from '../../src/gates/leak-check.ts';
import { newsletterCsv } from '../../src/simulation/newsletter-csv.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { aFeature, aWorkshop } from './fixtures.ts';

const data = path.resolve('../shared/data');
const workshop = aWorkshop();

interface Table {
  readonly yaml: string;
  readonly numbers: readonly string[];
  readonly categories: readonly string[];
}

/** Columns that a spec may not name as features (the time, say) are looked at as well. */
function specOf({ yaml, numbers, categories }: Table): Spec {
  const { spec } = parseSpec(`${yaml}\nmodel: leaks\nowners: x\nfeatures: { ${numbers[0]}: number }\n`, { file: 'leaks.yaml' });
  const nullable = { nullable: true };
  const features = [
    ...numbers.map((name) => aFeature(name, 'number', nullable)),
    ...categories.map((name) => aFeature(name, 'category', nullable)),
  ];
  return { ...spec, features };
}

async function doubts(table: Table, file: string): Promise<string[]> {
  const spec = specOf(table);
  const snapshot = await ingest({ spec, path: file, artifacts: workshop.artifacts, workDir: workshop.folder });
  const report = await checkDataContract({ spec, snapshotPath: workshop.artifacts.pathOf(snapshot.artifactDigest) });
  expect(report.featurePower).toHaveLength(spec.features.length);
  const { kind, reasons } = judgeLeaks(report.featurePower, spec.dataContract.suspiciousAuc, report);
  return kind === 'pass' ? [] : [...reasons];
}

describe.skipIf(!existsSync(data))(`with the files in ${path.relative('.', data)} (skipped where they are absent)`, () => {
  test('bank marketing: the length of the call, and nothing else', async () => {
    const found = await doubts(
      {
        yaml: 'source: { separator: ";", missing: [unknown] }\nentity: row-number\ntime: { monthNames: month, startYear: 2008 }\nlabel: { column: y, positive: "yes", maturity: 7d }',
        numbers: [
          'age',
          'duration',
          'campaign',
          'pdays',
          'previous',
          'emp.var.rate',
          'cons.price.idx',
          'cons.conf.idx',
          'euribor3m',
          'nr.employed',
        ],
        categories: ['job', 'marital', 'education', 'default', 'housing', 'loan', 'contact', 'month', 'day_of_week', 'poutcome'],
      },
      path.join(data, 'bank-marketing.csv'),
    );
    expect(found).toEqual([expect.stringMatching(/^"duration" alone reaches AUC 0\.8/)]);
  });

  test('telco churn: nothing', async () => {
    const found = await doubts(
      {
        yaml: 'entity: customerID\nlabel: { column: Churn, positive: "Yes", maturity: 30d }',
        numbers: ['SeniorCitizen', 'tenure', 'MonthlyCharges', 'TotalCharges'],
        categories: [
          ...['gender', 'Partner', 'Dependents', 'PhoneService', 'MultipleLines', 'InternetService', 'OnlineSecurity', 'OnlineBackup'],
          ...['DeviceProtection', 'TechSupport', 'StreamingTV', 'StreamingMovies', 'Contract', 'PaperlessBilling', 'PaymentMethod'],
        ],
      },
      path.join(data, 'telco-churn.csv'),
    );
    expect(found).toEqual([]);
  });

  test('telco churn without an entity: the customer id names a row', async () => {
    const yaml = 'entity: row-number\nlabel: { column: Churn, positive: "Yes", maturity: 30d }';
    const found = await doubts({ yaml, numbers: ['tenure'], categories: ['customerID'] }, path.join(data, 'telco-churn.csv'));
    expect(found).toEqual([expect.stringMatching(/^"customerID" has a value of its own in 100 % of the rows/)]);
  });

  test('adult: nothing, not even the weight of a row, which many rows have to themselves', async () => {
    const header = [
      'age',
      'workclass',
      'fnlwgt',
      'education',
      'education-num',
      'marital-status',
      'occupation',
      'relationship',
      'race',
      'sex',
      'capital-gain',
      'capital-loss',
      'hours-per-week',
      'native-country',
      'income',
    ];
    const found = await doubts(
      {
        yaml: `source: { header: [${header.join(', ')}], missing: ["?"] }\nentity: row-number\nlabel: { column: income, positive: ">50K", maturity: 30d }`,
        numbers: ['age', 'fnlwgt', 'education-num', 'capital-gain', 'capital-loss', 'hours-per-week'],
        categories: ['workclass', 'education', 'marital-status', 'occupation', 'relationship', 'race', 'sex', 'native-country'],
      },
      path.join(data, 'adult.data'),
    );
    expect(found).toEqual([]);
  });
});

test('the newsletter: the column that the service team fills, and nothing else', async () => {
  const rows = { rows: 20_000, phase: 'before', seed: 3 } as const;
  const found = await doubts(
    {
      yaml: 'entity: customer_id\ntime: sent_at\nlabel: { column: converted, maturity: 48h }',
      numbers: [
        'tenure_days',
        'opens_30d',
        'clicks_30d',
        'orders_12m',
        'days_since_order',
        'average_basket',
        'days_since_payday',
        'support_minutes',
      ],
      categories: ['device', 'channel', 'is_member'],
    },
    workshop.write([...newsletterCsv(rows)].join('')),
  );
  expect(found).toEqual([expect.stringMatching(/^"support_minutes" alone reaches AUC 0\.[89]/)]);
});
