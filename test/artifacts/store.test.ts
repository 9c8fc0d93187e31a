import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { openArtifacts, sha256 } from '../../src/artifacts/store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'artifacts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const artifacts = openArtifacts(folder);

test('what is put is read back under the digest of its bytes', async () => {
  const digest = await artifacts.put(Buffer.from('a model'));
  expect(digest).toBe(sha256('a model'));
  expect((await artifacts.read(digest)).toString()).toBe('a model');
});

test('a file and its bytes are the same artifact, and putting it twice changes nothing', async () => {
  const file = path.join(folder, 'source.txt');
  writeFileSync(file, 'rows');
  const digest = await artifacts.put({ file });
  expect(await artifacts.put(Buffer.from('rows'))).toBe(digest);
  expect(readdirSync(path.join(folder, 'incoming'))).toEqual([]);
});

test('JSON has one digest whatever the order of its keys', async () => {
  const digest = await artifacts.putJson({ b: 1, a: [2, null] });
  expect(await artifacts.putJson({ a: [2, null], b: 1 })).toBe(digest);
  expect(await artifacts.readJson(digest)).toEqual({ a: [2, null], b: 1 });
});

test('a changed byte anywhere is refused, by buffer and by path', async () => {
  const content = Buffer.from('0123456789abcdef');
  const digest = await artifacts.put(content);
  for (let position = 0; position < content.length; position++) {
    const damaged = Buffer.from(content);
    damaged[position]! ^= 1;
    writeFileSync(artifacts.pathOf(digest), damaged);
    await expect(artifacts.read(digest)).rejects.toMatchObject({ type: 'ArtifactDigestMismatch' });
    await expect(artifacts.verifiedPathOf(digest)).rejects.toMatchObject({ type: 'ArtifactDigestMismatch' });
  }
  await artifacts.put(content);
  expect(readFileSync(await artifacts.verifiedPathOf(digest))).toEqual(content);
});

test('an artifact that is not there says so', async () => {
  await expect(artifacts.read(sha256('never put'))).rejects.toMatchObject({ type: 'ArtifactMissing' });
  expect(await artifacts.has(sha256('never put'))).toBe(false);
});

test('a file URL names the same folder, and other schemes are refused', async () => {
  const digest = await openArtifacts(pathToFileURL(folder).href).put(Buffer.from('through a URL'));
  expect(await artifacts.has(digest)).toBe(true);
  expect(() => openArtifacts('s3://bucket')).toThrow('local folder only');
});

test('what a killed process left half-written is removed by the next one, what another one is writing is not', async () => {
  const name = (host: string, pid: number) => path.join(folder, 'incoming', `put-${host}-${pid}-${randomUUID()}`);
  const ended = spawnSync(process.execPath, ['--version']).pid;
  const [killed, alive, elsewhere, abandoned] = [
    name(hostname(), ended),
    name(hostname(), process.ppid),
    name('another-host', ended),
    name('another-host', ended),
  ] as const;
  for (const each of [killed, alive, elsewhere, abandoned]) {
    mkdirSync(each, { recursive: true });
    writeFileSync(path.join(each, 'content'), 'half');
  }
  const longAgo = Date.now() / 1_000 - 2 * 86_400;
  for (const each of [path.join(abandoned, 'content'), abandoned]) utimesSync(each, longAgo, longAgo);
  await artifacts.put(Buffer.from('another'));
  expect([killed, alive, elsewhere, abandoned].map((each) => existsSync(each))).toEqual([false, true, true, false]);
});
