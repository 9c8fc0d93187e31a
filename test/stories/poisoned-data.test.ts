/** Broken batches on a running Understudy: each is stopped with a reason that names it, and the champion never notices. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aStory, type Story } from '../support/story.ts';

let story: Story;
let data: { first: string; second: string };

beforeAll(async () => {
  story = await aStory();
  data = { first: await story.dataFile('first.csv', 1), second: await story.dataFile('second.csv', 2) };
  await story.hasAFirstChampion('guarded', data.first);
});
afterAll(() => story?.ends());

/** The second file with another text in one column, or with another header. */
function poisoned(
  name: string,
  change: (row: string[], header: readonly string[]) => string[],
  rename = (header: string) => header,
): string {
  const [header, ...lines] = readFileSync(data.second, 'utf8').trimEnd().split('\n');
  const columns = header!.split(',');
  const rows = lines.map((line) => change(line.split(','), columns).join(','));
  const file = path.join(story.stateDir, `${name}.csv`);
  writeFileSync(file, `${[rename(header!), ...rows].join('\n')}\n`);
  return file;
}

async function untouched(): Promise<void> {
  const { champion, challenger } = await story.status('guarded');
  expect({ champion: champion?.version, challenger }).toEqual({ champion: 'guarded@1', challenger: null });
  const versions = await story.db('model_versions').where({ model: 'guarded' }).pluck('version_id');
  expect(versions).toEqual(['guarded@1']);
}

test('a renamed column: the retraining ends and says which', async () => {
  const file = poisoned(
    'renamed',
    (row) => row,
    (header) => header.replace('tenure_days', 'tenure_day'),
  );
  const { code, out, err } = await story.says('retrain', 'guarded', '--data', file, '--by', 'dana', '--reason', 'a new export', '--wait');
  expect({ code, said: out + err }).toEqual({
    code: 1,
    said: expect.stringMatching(/lacks a column.*"tenure_days".*did it become "tenure_day"/s),
  });
  await untouched();
});

test('labels turned round: the retraining waits for a person, who reads why, and ends it by leaving it be', async () => {
  const turned = poisoned('turned', (row, header) => {
    const label = header.indexOf('converted');
    return row.with(label, row[label] === '' ? '' : row[label] === '1' ? '0' : '1');
  });
  await story.says('retrain', 'guarded', '--data', turned, '--by', 'dana', '--reason', 'the next week', '--wait');
  const { retraining } = await story.until('guarded', 'the doubt', (now) => now.retraining?.waitingFor?.gate === 'data-shift');
  const reasons = retraining!.waitingFor!.reasons.join('\n');
  expect(reasons).toMatch(/share of positive labels is/);
  expect(reasons).toMatch(/turned round than before the release/);
  await untouched();
  const stored = await story.db('verdicts').where({ model: 'guarded', gate: 'data-shift' }).orderBy('reached_at', 'desc').first('kind');
  expect(stored.kind).toBe('inconclusive');
  expect(await story.db('snapshot_profiles').count('* as count').first()).toMatchObject({ count: 2 });
});

test('people look into it: what moved between the snapshots, a contract from the newest one, and the contract for other tools', async () => {
  const digests: string[] = await story.db('snapshots').where({ model: 'guarded' }).orderBy('taken_at').pluck('digest');
  const [before, after] = digests.map((digest) => digest.slice(0, 12));
  const told = await story.does('diff', before!, after!);
  expect(told).toMatch(/^before {2}\w{12} of guarded: 12,000 rows/);
  expect(told).toMatch(/tenure_days +0\.00\d/);
  const { columns } = JSON.parse(await story.does('diff', before!, after!, '--json')) as {
    columns: { column: string; psi: number | null }[];
  };
  expect(columns.filter(({ psi }) => (psi ?? 0) > 0.1).map(({ column }) => column)).toEqual(['converted']);
  expect(await story.says('diff', before!, 'ffff')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no snapshot that begins with "ffff"'),
  });
  expect(await story.does('contract', 'suggest', 'guarded')).toMatch(/column: device, allowed: \[ ?desktop|mobile|tablet/);
  expect(await story.does('contract', 'suggest', 'guarded', '--data', data.first)).toContain('From a snapshot of 12,000 rows');
  expect(await story.does('contract', 'export', 'guarded')).toMatch(/^apiVersion: v3\.1\.0\nkind: DataContract\nid: understudy:guarded\n/);
});
