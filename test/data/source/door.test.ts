import { createHmac, createSecretKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { keyIdOf } from '../../../src/data/source/door.ts';
import { literal, withDuck } from '../../../src/data/duck.ts';
import { ingest } from '../../../src/data/ingest.ts';
import type { Spec } from '../../../src/domain/spec.ts';
import { entityHash } from '../../../src/gateway/routing.ts';
import { aRule, aSpec, aWorkshop } from '../fixtures.ts';

const workshop = aWorkshop();
const keys = { personal: 'a key for personal columns', entity: 'a key for entities of this installation' };
const spec = aSpec({
  consent: { column: 'agreed', allowed: ['yes', '1'] },
  personal: ['id', 'email', 'phone'],
  dataContract: { ...aSpec().dataContract, rules: [aRule('email', { required: true })] },
});
const header = 'id,email,phone,age,plan,member,bought,agreed';
const people = [
  ['ann-8271', 'ann@private.example', '+49 111 7771', '31', 'basic', 'yes', 'yes', 'yes'],
  ['bob-8272', 'bob@private.example', '+49 111 7772', 'old', 'basic', 'yes', 'no', '1'],
  ['cem-8273', 'cem@private.example', '+49 111 7773', '33', 'gold', 'no', 'no', 'no'],
  ['dan-8274', '', '+49 111 7774', '34', 'gold', 'no', 'no', 'yes'],
  ['eve-8275', 'eve@private.example', '+49 111 7775', '35', 'gold', 'no', 'no', ''],
  ['ann-8271', 'ann@private.example', '+49 111 7771', '36', 'basic', 'yes', 'no', ' yes '],
];
const csv = `${header}\n${people.map((person) => person.join(',')).join('\n')}\nfay-8276,fay@private.example\n`;
/** What tells who somebody is, and the rows of those who said no. */
const secrets = [...people.flatMap(([id, email, phone]) => [id!, email!, phone!].filter(Boolean)), 'fay-8276', 'fay@private.example'];

const from = (content: string | Buffer, how: Spec = spec, name = 'people.csv') => {
  const file = path.join(workshop.folder, name);
  writeFileSync(file, content);
  return ingest({ spec: how, path: file, artifacts: workshop.artifacts, workDir: workshop.folder, keys });
};
let snapshot: Awaited<ReturnType<typeof from>>;
beforeAll(async () => {
  snapshot = await from(csv);
});

test('rows without consent are counted, and that is all', async () => {
  expect(snapshot).toMatchObject({ rowsIn: 7, rowsKept: 1, leftOut: [{ reason: 'no-consent', count: 2 }] });
  const aside = await workshop.quarantine(snapshot);
  expect(aside.map(({ rowNumber, rule }) => [rowNumber, rule])).toEqual([
    [8, 'unreadable'],
    [3, 'type'],
    [5, 'required'],
    [2, 'duplicate'],
  ]);
});

test('personal values turn up nowhere: not in a snapshot, the quarantine, its samples or a file left behind', async () => {
  const told = JSON.stringify({ ...snapshot, source: { ...snapshot.source, path: '' } });
  const artifacts = path.join(workshop.folder, 'artifacts');
  const files = readdirSync(artifacts, { recursive: true, encoding: 'utf8' }).map((name) => path.join(artifacts, name));
  const texts = [told, ...files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'latin1'))];
  // Parquet packs its texts.
  const parquet = literal(workshop.artifacts.pathOf(snapshot.artifactDigest));
  texts.push(
    await withDuck({}, async (duck) => String(await duck.value(`select list(to_json(each))::varchar from read_parquet(${parquet}) each`))),
  );
  for (const secret of secrets)
    expect(
      texts.filter((text) => text.includes(secret)),
      secret,
    ).toEqual([]);
  expect(readdirSync(workshop.folder).filter((name) => name.startsWith('ingest-'))).toEqual([]);
});

test('a personal entity is the same stranger as in the log of the gateways, another column is hashed with the key for personal data', async () => {
  const [kept] = await withDuck({}, (duck) =>
    duck.all(`select entity, "source:email" as email from read_parquet(${literal(workshop.artifacts.pathOf(snapshot.artifactDigest))})`),
  );
  expect(kept!.entity).toBe(entityHash(createSecretKey(Buffer.from(keys.entity)), 'ann-8271'));
  expect(kept!.email).toBe(createHmac('sha256', keys.personal).update('ann@private.example').digest('hex').slice(0, 32));
  expect(snapshot.hashed).toEqual({
    id: { keyId: keyIdOf(keys.entity) },
    email: { keyId: keyIdOf(keys.personal) },
    phone: { keyId: keyIdOf(keys.personal) },
  });
});

test('long keys are hashed as HMAC says, and another key makes other hashes and another snapshot', async () => {
  const long = { ...keys, personal: 'x'.repeat(100) };
  const file = path.join(workshop.folder, 'people.csv');
  const other = await ingest({ spec, path: file, artifacts: workshop.artifacts, workDir: workshop.folder, keys: long });
  expect(other.digest).not.toBe(snapshot.digest);
  const email = await withDuck({}, (duck) =>
    duck.value(`select "source:email" from read_parquet(${literal(workshop.artifacts.pathOf(other.artifactDigest))})`),
  );
  expect(email).toBe(createHmac('sha256', long.personal).update('ann@private.example').digest('hex').slice(0, 32));
});

test('JSON Lines pass the same door', async () => {
  const names = header.split(',');
  const lines = people.map((person) => JSON.stringify(Object.fromEntries(names.map((name, index) => [name, person[index]]))));
  const other = await from(`${lines.join('\n')}\n{"id": "fay-8276", "email\n`, spec, 'people.jsonl');
  expect(other.digest).not.toBe('');
  expect(other).toMatchObject({ rowsIn: 7, rowsKept: 1, leftOut: [{ reason: 'no-consent', count: 2 }] });
  const told = JSON.stringify([other.setAside, await workshop.quarantine(other)]);
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
});

test('without a key the ingest is refused and names the variable, before the source is touched', async () => {
  const bare = ingest({ spec, path: '/nowhere.csv', artifacts: workshop.artifacts, workDir: workshop.folder });
  await expect(bare).rejects.toMatchObject({ message: expect.stringContaining('set UNDERSTUDY_ENTITY_KEY') });
  const half = ingest({
    spec,
    path: '/nowhere.csv',
    artifacts: workshop.artifacts,
    workDir: workshop.folder,
    keys: { ...keys, personal: null },
  });
  await expect(half).rejects.toMatchObject({ message: expect.stringContaining('"email" is personal') });
});

test('a source that lacks the column of consent, or a personal one, is refused', async () => {
  await expect(from(csv.replace('agreed', 'ok'))).rejects.toMatchObject({ message: expect.stringContaining('"agreed" (the consent') });
  await expect(from(csv.replace('phone', 'mobile'))).rejects.toMatchObject({ message: expect.stringContaining('"phone" (personal') });
});

test('nobody agreed: said so, without a word about anybody', async () => {
  const refused = from(`${header}\n${people[2]!.join(',')}\n`);
  await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('has consent') });
});

test('a file that the reader gives up on is refused without quoting it, not even in the cause', async () => {
  const failed: unknown = await from(`${header}\nann-8271,",,\n"\r\n\r\n ann@private.example,2,3\n\n`, spec, 'broken.csv').catch(
    (error: unknown) => error,
  );
  const told: string[] = [];
  for (let error = failed as (Error & { cause?: unknown; details?: unknown }) | undefined; error; error = error.cause as typeof error)
    told.push(String(error.stack), error.message, JSON.stringify(error.details ?? null));
  expect(failed).toBeInstanceOf(Error);
  expect(secrets.filter((secret) => told.join().includes(secret))).toEqual([]);
});

test('a row that stands where the header should is not told, neither of the first file nor of the second', async () => {
  const [, ...rows] = csv.trim().split('\n');
  const failed: unknown = await from(`${rows.join('\n')}\n`, spec, 'headless.csv').catch((error: unknown) => error);
  expect(failed).toMatchObject({ message: expect.stringContaining('8 columns that are not told') });
  const given = aSpec({ ...spec, split: { ...spec.split, by: 'given', column: null } });
  const test = path.join(workshop.folder, 'headless.csv');
  const other: unknown = await from(csv, { ...given, source: { ...given.source, comparisonPath: test } }).catch((error: unknown) => error);
  expect(other).toMatchObject({ message: expect.stringContaining('has other columns than') });
  for (const { message, details } of [failed, other] as { message: string; details: object }[])
    expect(secrets.filter((secret) => `${message}${JSON.stringify(details)}`.includes(secret))).toEqual([]);
});

test('Parquet whose text is none is refused without the text', async () => {
  const bytes = await parquetOf(csv.replace('ann@private.example', 'ann-private-example'));
  const at = bytes.indexOf('ann-private-example');
  expect(at).toBeGreaterThan(0);
  bytes[at] = 0xff;
  const failed: unknown = await from(bytes, spec, 'spoilt.parquet').catch((error: unknown) => error);
  expect(failed).toMatchObject({ type: 'SourceUnreadable', message: expect.stringContaining('cannot be read as Parquet') });
  expect((failed as Error).message).not.toContain('private-example');
  expect((failed as Error).cause).toBeUndefined();
});

async function parquetOf(content: string): Promise<Buffer> {
  const [file, target] = [path.join(workshop.folder, 'plain.csv'), path.join(workshop.folder, 'plain.parquet')];
  writeFileSync(file, content);
  await withDuck({}, (duck) =>
    duck.run(
      `copy (select * from read_csv(${literal(file)}, all_varchar = true, null_padding = true)) to ${literal(target)} (format parquet, compression uncompressed, dictionary_size_limit 1)`,
    ),
  );
  return readFileSync(target);
}
