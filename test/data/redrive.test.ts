import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ingest } from '../../src/data/ingest.ts';
import { redrive } from '../../src/data/redrive.ts';
import type { Snapshot } from '../../src/data/snapshot.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { aRule, aSpec, aWorkshop } from './fixtures.ts';

const workshop = aWorkshop();
const { artifacts, folder: workDir } = workshop;
const keys = { personal: 'a key for personal columns', entity: 'a key for entities of this installation' };
const header = 'id,age,plan,member,bought,email';
const atMost = (maximum: number, more: Partial<Spec> = {}) =>
  aSpec({ personal: ['email'], dataContract: { ...aSpec().dataContract, rules: [aRule('age', { maximum })] }, ...more });
const rows = ['1,31,basic,yes,yes,ann@x', '2,71,basic,yes,no,bob@x', '3,72,gold,no,no,cem@x', '4,old,gold,no,no,dan@x'];
const csvOf = (...lines: string[]) => `${header}\n${lines.join('\n')}\n`;
const from = (csv: string, spec: Spec, redriven: { rows: Snapshot['digest']; hashed: Snapshot['hashed'] }[] = []) =>
  ingest({ spec, path: workshop.write(csv), artifacts, workDir, keys, redriven });
const again = (snapshot: Snapshot, spec: Spec, file = artifacts.pathOf(snapshot.quarantineDigest)) =>
  redrive({ spec, file, hashed: snapshot.hashed, artifacts, workDir, keys });

test('after a rule was widened, the rows that would be kept now are told from those that are still bad', async () => {
  const strict = await from(csvOf(...rows), atMost(70));
  expect(strict).toMatchObject({ rowsIn: 4, rowsKept: 1 });
  const found = await again(strict, atMost(71));
  expect(found).toMatchObject({
    tried: 3,
    notTried: 0,
    kept: 1,
    still: [
      { rule: 'type', count: 1 },
      { rule: 'maximum', count: 1 },
    ],
  });
  expect(await again(strict, atMost(70))).toMatchObject({ kept: 0, rows: null });
});

test('what was brought back is in the next snapshot, and counted once', async () => {
  const strict = await from(csvOf(...rows), atMost(70));
  const wide = atMost(80);
  const { rows: brought, hashed } = await again(strict, wide);
  const withThem = [{ rows: brought!, hashed }];
  const next = await from(csvOf('5,33,basic,yes,yes,eve@x'), wide, withThem);
  expect(next).toMatchObject({ rowsIn: 3, rowsKept: 3, redriven: 2, setAside: [] });
  // The source still delivers them, itself.
  const same = await from(csvOf(...rows), wide, withThem);
  expect(same).toMatchObject({ rowsIn: 4, rowsKept: 3, redriven: 0, setAside: [{ rule: 'type', count: 1 }] });
  expect(same.digest).toBe((await from(csvOf(...rows), wide)).digest);
  // It delivers one of them otherwise, as the same row: its word counts.
  const corrected = await from(csvOf('2,17,basic,yes,no,bob@x'), wide, withThem);
  expect(corrected).toMatchObject({ rowsIn: 2, rowsKept: 2, redriven: 1, duplicates: { dropped: 0 } });
  // Asked for twice.
  const twice = await from(csvOf('5,33,basic,yes,yes,eve@x'), wide, [...withThem, ...withThem]);
  expect(twice.digest).toBe(next.digest);
});

test('a row that is bad again goes back to the quarantine, once', async () => {
  const strict = await from(csvOf(...rows), atMost(70));
  const { rows: brought, hashed } = await again(strict, atMost(80));
  const narrow = await from(csvOf(rows[0]!, rows[1]!), atMost(70), [{ rows: brought!, hashed }]);
  expect(narrow).toMatchObject({ rowsIn: 3, rowsKept: 1, setAside: [{ rule: 'maximum', count: 2 }] });
});

test('personal columns stay the hashes that they are, and another key keeps the rows away', async () => {
  const strict = await from(csvOf(...rows), atMost(70));
  const wide = atMost(80, {
    dataContract: { ...aSpec().dataContract, rules: [aRule('age', { maximum: 80 }), aRule('email', { required: true })] },
  });
  const { rows: brought, hashed } = await again(strict, wide);
  const [whole, redriven] = [await from(csvOf(...rows.slice(0, 3)), wide), await from(csvOf(rows[0]!), wide, [{ rows: brought!, hashed }])];
  expect(redriven.digest).toBe(whole.digest);
  const rotated = { ...keys, personal: 'another key for personal columns' };
  const file = artifacts.pathOf(strict.quarantineDigest);
  await expect(redrive({ spec: wide, file, hashed: strict.hashed, artifacts, workDir, keys: rotated })).rejects.toMatchObject({
    message: expect.stringContaining('hashed under the key'),
  });
  const source = workshop.write(csvOf(rows[0]!));
  const later = await ingest({ spec: wide, path: source, artifacts, workDir, keys: rotated, redriven: [{ rows: brought!, hashed }] });
  expect(later).toMatchObject({ rowsIn: 1, redriven: 0 });
});

test('an exported file that somebody has mended is brought back as it is now', async () => {
  const strict = await from(csvOf(...rows), atMost(80));
  const aside = await workshop.quarantine(strict);
  const mended = path.join(workDir, 'mended.jsonl');
  writeFileSync(mended, aside.map((row) => `${JSON.stringify({ ...row, raw: { ...row.raw, age: '44' } })}\n`).join(''));
  const { rows: brought, hashed } = await again(strict, atMost(80), mended);
  const withThem = [{ rows: brought!, hashed }];
  expect(await from(csvOf(rows[0]!), atMost(80), withThem)).toMatchObject({ rowsIn: 2, rowsKept: 2, redriven: 1 });
  // The source still delivers the bad one: it is the same row, and not bad any more.
  expect(await from(csvOf(...rows), atMost(80), withThem)).toMatchObject({ rowsIn: 4, rowsKept: 4, redriven: 1, setAside: [] });
  // Unless it has changed there, and is good.
  const good = await from(csvOf('4,45,gold,no,no,dan@x'), atMost(80), withThem);
  expect(good).toMatchObject({ rowsIn: 1, rowsKept: 1, redriven: 0 });
});

test('a personal value that somebody writes into an exported file is hashed as the source would have it', async () => {
  const named = (more: Partial<Spec> = {}) => atMost(80, { personal: ['id', 'email'], ...more });
  const strict = await from(csvOf(rows[0]!, ',33,basic,yes,no,eve@x'), named());
  const aside = await workshop.quarantine(strict);
  const mended = path.join(workDir, 'named.jsonl');
  writeFileSync(mended, aside.map((row) => `${JSON.stringify({ ...row, raw: { ...row.raw, id: 'eve-8275' } })}\n`).join(''));
  const { rows: brought, hashed } = await again(strict, named(), mended);
  expect(readFileSync(artifacts.pathOf(brought!), 'utf8')).not.toContain('eve-8275');
  const whole = await from(csvOf(rows[0]!, 'eve-8275,33,basic,yes,no,eve@x'), named());
  const next = await from(csvOf(rows[0]!), named(), [{ rows: brought!, hashed }]);
  expect(next.digest).toBe(whole.digest);
});

test('records that could not be cut into columns, and duplicates, are not tried', async () => {
  const snapshot = await from(csvOf(rows[0]!, rows[0]!, '5,33'), atMost(80));
  await expect(again(snapshot, atMost(80))).rejects.toMatchObject({
    message: expect.stringContaining('none of the rows set aside can be tried'),
  });
});

test('with consent, only those are brought back who agree in the source today', async () => {
  const withConsent = (maximum: number) => atMost(maximum, { consent: { column: 'agreed', allowed: ['yes'] } });
  const agreed = (line: string, word = 'yes') => `${line},${word}`;
  const whole = (...lines: string[]) => `${header},agreed\n${lines.join('\n')}\n`;
  const strict = await from(whole(...rows.map((row) => agreed(row))), withConsent(70));
  const { rows: brought, hashed, kept } = await again(strict, withConsent(80));
  expect(kept).toBe(2);
  // Bob is here with a newer word on the same row; Cem has taken his consent back.
  const next = await from(whole(agreed('2,40,basic,yes,no,bob@x'), agreed(rows[2]!, 'no')), withConsent(80), [{ rows: brought!, hashed }]);
  expect(next).toMatchObject({ rowsKept: 1, redriven: 0, leftOut: [{ reason: 'no-consent', count: 2 }] });
});

test('a row whose year or purpose follows from its place in the source cannot be brought back', async () => {
  const strict = await from(csvOf(...rows), atMost(70));
  const months = atMost(80, { time: { kind: 'month-names', column: 'plan', startYear: 2020 } });
  await expect(again(strict, months)).rejects.toMatchObject({ message: expect.stringContaining('their year follows from their place') });
});
