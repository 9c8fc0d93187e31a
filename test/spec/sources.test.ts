import { expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/parse.ts';

const LEAST = 'model: churn\nowners: team\nentity: customer\nlabel: { column: left, maturity: 30d }\nfeatures: { tenure: number }\n';
const parsed = (more: string, file = '/models/churn.yaml') => parseSpec(LEAST + more, { file }).spec;

test('a source that only has a path is what its ending says', () => {
  const formats = ['churn.csv', 'churn.tsv', 'churn.csv.gz', 'churn.parquet', 'churn.jsonl', 'churn.ndjson', 'churn'].map(
    (path) => parsed(`source: ${path}\n`).source.format,
  );
  expect(formats).toEqual(['csv', 'csv', 'csv', 'parquet', 'jsonl', 'jsonl', 'csv']);
  expect(parsed('source: { path: churn.txt, format: jsonl }\n').source.format).toBe('jsonl');
});

test.each(['path: a.parquet', 'path: a.jsonl.gz', 'query: "select 1", connection: warehouse'])(
  'decimal commas are for a file that has a notation of its own, not for { %s }',
  (rows) => {
    expect(() => parsed(`source: { ${rows}, decimal: "," }\n`)).toThrow('expected a point, since only CSV files');
    expect(parsed('source: { path: a.csv, decimal: "," }\n').source.decimal).toBe(',');
  },
);

test('a table of events is read as its ending says, packed or not', () => {
  const format = (path: string) =>
    parsed(`events: { visits: { path: ${path}, entity: customer, time: at } }\n`).events.map((table) => table.format);
  expect(['a.jsonl.gz', 'a.pq', 'a.csv.gz'].flatMap(format)).toEqual(['jsonl', 'parquet', 'csv']);
});

test('a query is one by itself', () => {
  expect(parsed('source: { query: "select 1", connection: warehouse }\n').source).toMatchObject({
    format: 'postgres',
    query: 'select 1',
    connection: 'warehouse',
    path: null,
  });
});

test('a given split names its purposes in a column or in a second file, which lies beside the first', () => {
  const yaml =
    'source: { path: data/adult.data, header: [customer, tenure, left], comparisonPath: data/adult.test, comparisonSkipLines: 1 }\n';
  const spec = parsed(`${yaml}split: { by: given }\n`);
  expect(spec.source).toMatchObject({ comparisonPath: '/models/data/adult.test', comparisonSkipLines: 1, skipLines: 0 });
  const other = parseSpec(`${LEAST}${yaml}split: { by: given }\n`, { file: '/models/churn.yaml', dataPath: '/downloads/adult.data' });
  expect(other.spec.source.comparisonPath).toBe('/downloads/adult.test');
  expect(parsed('split: { by: given, column: part }\n').split).toMatchObject({ by: 'given', column: 'part' });
});

test('a label may be written in several ways', () => {
  const yaml = LEAST.replace('column: left,', 'column: left, positive: [">50K", ">50K."], negative: ["<=50K", "<=50K."],');
  expect(parseSpec(yaml, { file: 'a.yaml' }).spec.label).toMatchObject({
    positive: '>50K',
    alsoPositive: ['>50K.'],
    negative: ['<=50K', '<=50K.'],
  });
});

test('consent, personal columns, a key, a time zone and partial days are said', () => {
  const spec = parsed(`consent: { column: agreed, allowed: [yes, 1] }
personal: [customer, email]
time: seen
source: { path: a.csv, key: [order], timeZone: Europe/Berlin, partialDay: drop }
`);
  expect(spec.consent).toEqual({ column: 'agreed', allowed: ['yes', '1'] });
  expect(spec.personal).toEqual(['customer', 'email']);
  expect(spec.source).toMatchObject({ key: ['order'], timeZone: 'Europe/Berlin', partialDay: 'drop' });
});

test('rows for calibration are kept apart only when a share says so', () => {
  expect(parsed('').split.shares).toEqual({ training: 0.6, validation: 0.1, calibration: 0, comparison: 0.2 });
  const shares = 'split: { shares: { training: 60%, validation: 10%, calibration: 5%, comparison: 20% } }\n';
  expect(parsed(shares).split.shares.calibration).toBe(0.05);
});

test.each([
  ['a query without a connection', 'source: { query: select 1 }\n', 'expected a connection, because the rows come out of Postgres'],
  ['a query beside a path', 'source: { query: select 1, connection: a, path: b.csv }\n', 'expected either path or query'],
  ['a connection alone', 'source: { path: a.csv, connection: b }\n', 'a connection only beside a query'],
  ['names of columns for Parquet', 'source: { path: a.parquet, header: [a, b] }\n', 'only for a CSV file'],
  ['a second file without a given split', 'source: { path: a.csv, comparisonPath: b.csv }\n', 'only with split: { by: given }'],
  ['a given split that nothing gives', 'split: { by: given }\n', 'split.column or source.comparisonPath'],
  ['a column of purposes in another split', 'split: { by: entity, column: part }\n', 'a column only with by: given'],
  ['a zone that there is not', 'source: { path: a.csv, timeZone: Europe/Bonn }\n', 'a time zone such as Europe/Berlin'],
  ['partial days without a time', 'source: { path: a.csv, partialDay: drop }\n', 'because the spec names no time of day'],
  ['consent that nothing means', 'consent: { column: agreed, allowed: [] }\n', 'at least one text that means consent'],
  ['a personal feature', 'personal: [tenure]\n', 'a column that is not a feature: only its keyed hash is kept'],
  [
    'a limit that no hash keeps',
    'personal: [email]\ndataContract: { rules: [{ column: email, pattern: "[^@]+@[^@]+" }] }\n',
    'no pattern of a personal column: only its keyed hash is kept',
  ],
  ['a personal label', 'personal: [left]\n', 'a column that is not the label'],
])('%s is refused', (_, yaml, message) => {
  expect(() => parsed(yaml)).toThrow(message);
});

test('a personal column that the source lacks is refused: what is not known by name cannot be kept out', () => {
  const columns = ['customer', 'tenure', 'left', 'e-mail'];
  expect(() => parseSpec(`${LEAST}personal: [email]\n`, { file: 'a.yaml', columns })).toThrow('a column of the source');
});
