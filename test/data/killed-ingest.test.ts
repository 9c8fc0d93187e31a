import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(path.join(tmpdir(), 'killed-ingest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const spec = path.join(folder, 'churn.yaml');
const source = path.join(folder, 'churn.csv');
const args = (state: string) => ['--import', 'tsx', path.resolve('test/data/ingest-child.ts'), spec, source, state];

function aState(name: string): { state: string; hooks: string } {
  const [state, hooks] = [path.join(folder, name), path.join(folder, name, 'hooks')];
  mkdirSync(hooks, { recursive: true });
  return { state, hooks };
}

const ingested = (state: string) => JSON.parse(execFileSync(process.execPath, args(state), { encoding: 'utf8' }));
const left = (state: string) => readdirSync(state).filter((name) => name.startsWith('ingest-'));

/** Starts one, waits until it has reached the point, and kills it there. */
async function killedAt(point: string, { state, hooks }: { state: string; hooks: string }): Promise<void> {
  writeFileSync(path.join(hooks, point), '');
  const child = spawn(process.execPath, [...args(state), hooks], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (!existsSync(path.join(hooks, 'reached')) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
  await ended;
  rmSync(path.join(hooks, point));
}

/** Every file under a digest's name holds what the name says. */
function wholeArtifacts(state: string): string[] {
  const artifacts = path.join(state, 'artifacts');
  if (!existsSync(artifacts)) return [];
  const names = readdirSync(artifacts, { recursive: true, encoding: 'utf8' }).filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name));
  for (const name of names) {
    const digest = createHash('sha256')
      .update(readFileSync(path.join(artifacts, name)))
      .digest('hex');
    expect(path.basename(name)).toBe(digest);
  }
  return names.map((name) => path.basename(name)).sort();
}

let undisturbed: { digest: string; artifactDigest: string; quarantineDigest: string };
beforeAll(() => {
  writeFileSync(
    spec,
    'model: churn\nowners: team\nentity: customer\npersonal: [customer]\nlabel: { column: left, positive: yes, maturity: 30d }\nfeatures: { tenure: number }\n',
  );
  const rows = Array.from(
    { length: 20_000 },
    (_, index) => `c${index % 19_000},${index % 100 === 7 ? 'long' : index},${index % 3 ? 'no' : 'yes'}`,
  );
  writeFileSync(source, `customer,tenure,left\n${rows.join('\n')}\n`);
  undisturbed = ingested(aState('undisturbed').state);
}, 60_000);

test.each(['ingest-read', 'ingest-written'])(
  'an ingest that is killed at %s leaves no half-written file, and the next one gives the same snapshot',
  async (point) => {
    const place = aState(point);
    await killedAt(point, place);
    const before = wholeArtifacts(place.state);
    expect(before).not.toContain(undisturbed.artifactDigest);
    // What it had read lies there until the next one comes.
    expect(left(place.state)).toHaveLength(1);
    expect(ingested(place.state)).toEqual(undisturbed);
    expect(left(place.state)).toEqual([]);
    expect(wholeArtifacts(place.state)).toEqual([undisturbed.artifactDigest, undisturbed.quarantineDigest].sort());
  },
);

test('one that is repeated gives the same files', () => {
  const { state } = aState('undisturbed');
  expect(ingested(state)).toEqual(undisturbed);
  expect(wholeArtifacts(state)).toHaveLength(2);
});
