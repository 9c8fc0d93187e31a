import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/parse.ts';
import { understudy } from '../cli/a-command-line.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'understudy-init-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const init = (...words: string[]) => understudy(['init', ...words], { cwd: folder });

function specIn(file: string) {
  const whole = path.join(folder, file);
  return parseSpec(readFileSync(whole, 'utf8'), { file: whole }).spec;
}

/** Rows by a rule of their number, so that every test's file is what its name says. */
function dataFile(name: string, header: string, rowOf: (row: number) => (string | number)[], rows = 400): string {
  const lines = Array.from({ length: rows }, (_, row) => rowOf(row).join(','));
  writeFileSync(path.join(folder, name), `${header}\n${lines.join('\n')}\n`);
  return name;
}
const noise = (row: number, of: number) => (row * 7919) % of;

test('churn: label, entity, time and types are guessed, said, and can be corrected', async () => {
  const data = dataFile('members.csv', 'member_id,joined_at,tenure,plan,active,note,churned', (row) => [
    `m-${row}`,
    `2025-0${1 + (row % 9)}-01T10:00:00Z`,
    noise(row, 72),
    ['basic', 'gold', ''][row % 3]!,
    row % 2 ? 'yes' : 'no',
    `free text ${row}`,
    noise(row, 10) < 3 ? 1 : 0,
  ]);
  const { code, out } = await init('--template', 'churn', '--data', data);
  expect(code).toBe(0);
  expect(out).toContain('label     churned = 1 (guessed by its name)');
  const spec = specIn('members.yaml');
  expect(spec).toMatchObject({
    model: 'members',
    task: 'binary-classification',
    entity: { kind: 'column', column: 'member_id' },
    time: { kind: 'column', column: 'joined_at' },
    label: { column: 'churned', positive: '1', better: 'lower' },
    dataContract: { minimumRows: 200 },
  });
  expect(spec.features.map(({ name, type, nullable }) => ({ name, type, nullable }))).toEqual([
    { name: 'tenure', type: 'number', nullable: false },
    { name: 'plan', type: 'category', nullable: true },
    { name: 'active', type: 'boolean', nullable: false },
  ]);
  expect(readFileSync(path.join(folder, 'members.yaml'), 'utf8')).toContain('note: says who a row is about');
  expect(await init('--template', 'churn', '--data', data)).toMatchObject({ code: 1, err: expect.stringContaining('is already there') });
  const corrected = await init('--template', 'churn', '--data', data, '--label', 'active', '--positive', 'no', '-o', 'active.yaml');
  expect(corrected.out).toContain('label     active = no (as said)');
});

test('value: the label is a number, and the task a regression', async () => {
  const data = dataFile('orders.csv', 'customer_id,visits,age,revenue', (row) => [
    `c-${row}`,
    noise(row, 30),
    18 + noise(row, 60),
    noise(row * 3, 900),
  ]);
  expect((await init('--template', 'value', '--data', data, '--model', 'worth')).code).toBe(0);
  expect(specIn('worth.yaml')).toMatchObject({ task: 'regression', label: { column: 'revenue' }, trainer: { name: 'linear-regression' } });
});

test('uplift: who was treated is found beside the label, and is no feature', async () => {
  const data = dataFile('campaign.csv', 'customer_id,age,segment,treated,bought', (row) => [
    `c-${row}`,
    18 + noise(row, 60),
    ['a', 'b'][noise(row, 2)]!,
    noise(row * 5, 11) % 2,
    noise(row, 10) < 3 ? 'yes' : 'no',
  ]);
  expect((await init('--template', 'uplift', '--data', data)).code).toBe(0);
  const spec = specIn('campaign.yaml');
  expect(spec).toMatchObject({
    task: 'uplift',
    treatment: { column: 'treated', treated: '1' },
    label: { column: 'bought', positive: 'yes' },
  });
  expect(spec.features.map(({ name }) => name)).toEqual(['age', 'segment']);
});

test('what nobody can guess is asked for, and a misspelled column gets the nearest name', async () => {
  const data = dataFile('unclear.csv', 'a,b,c', (row) => [row, row * 2, row * 3]);
  expect(await init('--template', 'churn', '--data', data)).toMatchObject({
    code: 1,
    err: expect.stringContaining('looks like the label of churn (one of two values): say which it is, by --label'),
  });
  const clear = dataFile('clear.csv', 'age,plan,left', (row) => [row, row % 5, row % 2]);
  expect((await init('--template', 'churn', '--data', clear, '--label', 'lefft')).err).toContain('did you mean "left"?');
  expect((await init('--template', 'churn', '--data', 'nowhere.csv')).err).toContain('could not be read: is it there?');
});

test('a time is found however it is written, and so is a number of another country', async () => {
  const data = dataFile('kunden.csv', 'Kundennummer;Alter;Umsatz;Stichtag;Gekündigt', (row) => [
    [
      `K${row}`,
      18 + noise(row, 60),
      `${noise(row, 90)},5`,
      `${String(1 + (row % 28)).padStart(2, '0')}.03.2026`,
      row % 3 ? 'Nein' : 'Ja',
    ].join(';'),
  ]);
  expect((await init('--template', 'churn', '--data', data)).code).toBe(0);
  expect(specIn('kunden.yaml')).toMatchObject({
    entity: { column: 'Kundennummer' },
    time: { column: 'Stichtag', format: '%d.%m.%Y' },
    label: { column: 'Gekündigt', positive: 'Ja' },
    features: [{ name: 'Alter' }, { name: 'Umsatz', type: 'number' }],
    source: { separator: ';', decimal: ',' },
  });
  expect((await init('--template', 'value', '--data', data, '--label', 'Umsatz', '-o', 'umsatz.yaml')).code).toBe(0);
  expect(specIn('umsatz.yaml').label.column).toBe('Umsatz');
  const american = dataFile('american.csv', 'id,age,day,left', (row) => [
    row,
    noise(row, 60),
    `03/${String(1 + (row % 12)).padStart(2, '0')}/2026`,
    row % 2,
  ]);
  expect((await init('--template', 'churn', '--data', american)).out).toContain('it could be %m/%d/%Y as well');
});

test('numbers that are not read are told, not made a category: thousands, units, commas beside points', async () => {
  const rows = (row: number) => `${row};${noise(row, 60)};"1,${100 + noise(row, 800)}";${noise(row, 90)} EUR`;
  const thousands = dataFile('thousands.csv', 'id;age;price;paid;left', (row) => [`${rows(row)};${row % 2}`]);
  expect((await init('--template', 'churn', '--data', thousands, '--label', 'left')).code).toBe(0);
  const written = readFileSync(path.join(folder, 'thousands.yaml'), 'utf8');
  expect(written).toMatch(/price: numbers written as "1,\d+": write them bare, with a decimal point/);
  expect(written).toMatch(/paid: numbers written as "\d+ EUR"/);
  expect(specIn('thousands.yaml').source.decimal).toBeUndefined();
  const both = dataFile('both.csv', 'id;cost;rate;left', (row) => [`${row};${noise(row, 90)},5;${noise(row, 80)}.25;${row % 2}`]);
  expect((await init('--template', 'churn', '--data', both, '--label', 'left')).code).toBe(0);
  expect(specIn('both.yaml')).toMatchObject({ features: [{ name: 'rate' }] });
});

test('who somebody is comes in as a hash only, and who has not agreed not at all; what people use is no name', async () => {
  const data = dataFile('leute.csv', 'Telefon;E-Mail;phone_minutes;city_street;Einwilligung;gone', (row) => [
    `+49 30 ${100_000 + row};p${row}@example.org;${noise(row, 300)};${['Main', 'High'][row % 2]};${row % 5 ? 'ja' : 'nein'};${row % 3 ? 'no' : 'yes'}`,
  ]);
  const { code, out } = await init('--template', 'churn', '--data', data, '--label', 'gone');
  expect(code).toBe(0);
  expect(out).toContain('personal  Telefon, E-Mail (guessed; only keyed hashes come in)');
  expect(out).toContain('consent   Einwilligung = ja (guessed; other rows never come in)');
  expect(out).toContain('320 rows can be used');
  expect(specIn('leute.yaml')).toMatchObject({
    personal: ['Telefon', 'E-Mail'],
    consent: { column: 'Einwilligung', allowed: ['ja'] },
    entity: { kind: 'row-number' },
    features: [{ name: 'phone_minutes' }, { name: 'city_street' }],
  });
});

test.each(['\n', '\r\n'])(
  'a few rows that are too long or too short do not keep a file from being looked at (line ends %j)',
  async (end) => {
    const row = (at: number) => `${at};${noise(at, 60)};${at % 2 ? 'yes' : 'no'}${at % 90 === 7 ? ';and;more' : ''}`;
    const lines = ['id;age;left', ...Array.from({ length: 400 }, (_, at) => (at % 100 === 9 ? `${at};` : row(at)))];
    writeFileSync(path.join(folder, 'ragged.csv'), lines.join(end) + end);
    const { code, out } = await init('--template', 'churn', '--data', 'ragged.csv', '--force');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('391 rows can be used, set aside: 9 by unreadable') });
    expect(specIn('ragged.yaml')).toMatchObject({ entity: { column: 'id' }, label: { column: 'left' }, features: [{ name: 'age' }] });
  },
);

test('who agreed may be what is foretold, and then nobody is left out for it', async () => {
  const data = dataFile('agreed.csv', 'id,age,gdpr_consent', (row) => [row, noise(row, 60), noise(row, 3) ? 'yes' : 'no']);
  expect((await init('--template', 'conversion', '--data', data, '--label', 'gdpr_consent')).code).toBe(0);
  expect(specIn('agreed.yaml')).toMatchObject({ label: { column: 'gdpr_consent' }, consent: null });
});

test('1 is the positive beside 0, and the rarer one beside 2', async () => {
  const data = dataFile('classes.csv', 'cust id,age,class', (row) => [row, noise(row, 60), noise(row, 10) < 3 ? 2 : 1]);
  expect((await init('--template', 'churn', '--data', data)).out).toContain('positive  2 (guessed: the rarer of "1" and "2")');
  expect(specIn('classes.yaml')).toMatchObject({ entity: { column: 'cust id' }, features: [{ name: 'age' }] });
  const wrong = await init('--template', 'churn', '--data', data, '--positive', 'yes', '--force');
  expect(wrong.err).toContain('no row has "yes" in "class": expected one of "1", "2" for --positive');
});

test('rows of an entity that comes again without a time stay apart', async () => {
  const data = dataFile('visits.csv', 'user,age,plan,bought', (row) => [`u${row % 200}`, noise(row, 5000), row % 3, row % 2]);
  expect((await init('--template', 'conversion', '--data', data)).out).toContain('400 rows can be used\n');
  expect(specIn('visits.yaml')).toMatchObject({ entity: { column: 'user' }, source: { key: ['user', 'age', 'plan', 'bought'] } });
});

test('a file without a line of names, or with a comment before them, is read as it is', async () => {
  const values = (row: number) => `${noise(row, 60)}, ${['Private', 'State'][row % 2]}, ${row % 3 ? '<=50K' : '>50K'}`;
  writeFileSync(path.join(folder, 'nameless.csv'), `| a comment\n${Array.from({ length: 300 }, (_, row) => values(row)).join('\n')}\n`);
  expect((await init('--template', 'conversion', '--data', 'nameless.csv')).out).toContain('positive  >50K');
  const { source, features } = specIn('nameless.yaml');
  expect(source).toMatchObject({ skipLines: 1, header: ['column_1', 'column_2', 'column_3'] });
  expect(features.map(({ name }) => name)).toEqual(['column_1', 'column_2']);
  const titled = ['age,2025,left', ...Array.from({ length: 300 }, (_, row) => `${noise(row, 60)},${row},${row % 2}`)];
  writeFileSync(path.join(folder, 'titled.csv'), `Export of 2026\n${titled.join('\n')}\n`);
  expect((await init('--template', 'churn', '--data', 'titled.csv')).code).toBe(0);
  expect(specIn('titled.yaml').source).toMatchObject({ skipLines: 1, header: null });
  expect(new Set(specIn('titled.yaml').features.map(({ name }) => name))).toEqual(new Set(['age', '2025']));
});

test('a file in another encoding, or of one row, is told as such', async () => {
  writeFileSync(path.join(folder, 'latin.csv'), Buffer.from('âge;résilié\n31;oui\n', 'latin1'));
  expect((await init('--template', 'churn', '--data', 'latin.csv')).err).toContain('is not in UTF-8');
  const one = dataFile('one.csv', 'age,left', () => [31, 1], 1);
  expect((await init('--template', 'churn', '--data', one)).err).toContain('has one row: expected at least 20');
});

const telco = '../shared/data/telco-churn.csv';
test.skipIf(!existsSync(telco))('telco: the spec that is written applies to the file, with the blanks of new customers seen', async () => {
  const { code, out } = await init('--template', 'churn', '--data', path.resolve(telco));
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('features  19; 7,043 rows can be used') });
  const { features, label } = specIn('telco-churn.yaml');
  expect(label).toMatchObject({ column: 'Churn', positive: 'Yes' });
  expect(features.find(({ name }) => name === 'TotalCharges')).toMatchObject({ type: 'number', nullable: true });
});

const bank = '../shared/data/bank-marketing.csv';
test.skipIf(!existsSync(bank))('bank marketing: another separator, a word for missing, and the column that gives it all away', async () => {
  const { code, out } = await init('--template', 'conversion', '--data', path.resolve(bank));
  expect(code).toBe(0);
  expect(out).toContain('suspicious duration alone reaches AUC');
  const spec = specIn('bank-marketing.yaml');
  expect(spec.source).toMatchObject({ separator: ';', missing: ['unknown'] });
  expect(spec.knownAfterOutcome).toEqual(['duration']);
  expect(spec.features.map(({ name }) => name)).not.toContain('duration');
  expect(readFileSync(path.join(folder, 'bank-marketing.yaml'), 'utf8')).toContain('# time: { monthNames: month, startYear');
});
