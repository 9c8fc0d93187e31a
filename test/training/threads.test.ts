/** What a training yields does not depend on the machine it ran on, nor on how often it was begun. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { splitSnapshot } from '../../src/data/split.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import type { TrainerContext, TrainerInput, TrainerOutput, TrainingProgress } from '../../src/training/trainer.ts';
import { trainerInput } from '../../src/training/trainer-input.ts';
import { trainerNamed } from '../../src/training/trainers.ts';
import { aSpec, aWorkshop } from '../data/fixtures.ts';

const workshop = aWorkshop();
const train = trainerNamed('gradient-boosted-trees');

function customers(count: number): string {
  const { uniform } = seededRandom(4);
  const rows = Array.from({ length: count }, (_, index) => {
    const age = Math.round(18 + 60 * uniform() + 1000 * uniform());
    const plan = ['gold', 'basic', 'n/a', 'family'][Math.floor(4 * uniform())];
    const likely = (age % 7 < 3 ? 0.5 : 0.15) + (plan === 'gold' ? 0.3 : 0);
    return `c${index},${age},${plan},${uniform() < 0.5 ? 'yes' : 'no'},${uniform() < likely ? 'yes' : 'no'}`;
  });
  return `id,age,plan,member,bought\n${rows.join('\n')}\n`;
}

async function inputOf(rows: number, parameters: Record<string, number>): Promise<TrainerInput> {
  const trainer = { ...aSpec().trainer, name: 'gradient-boosted-trees', parameters };
  const spec = aSpec({ trainer });
  const snapshot = await workshop.ingest(customers(rows), spec);
  const snapshotPath = workshop.artifacts.pathOf(snapshot.artifactDigest);
  const split = await splitSnapshot({ spec, snapshotPath, artifacts: workshop.artifacts, workDir: workshop.folder });
  const digests = { snapshotDigest: snapshot.digest, snapshotArtifact: snapshot.artifactDigest, splitDigest: split.digest };
  return trainerInput(spec, { artifactsUrl: workshop.artifacts.url, ...digests, seed: 1 });
}

const context = (more: Partial<TrainerContext> = {}): TrainerContext => ({
  signal: new AbortController().signal,
  heartbeat: () => {},
  workDir: workshop.folder,
  ...more,
});
const digests = ({ artifactDigest, manifestDigest }: TrainerOutput) => ({ artifactDigest, manifestDigest });

test('one thread, two and three train the same model, byte by byte', async () => {
  const input = await inputOf(130_000, { trees: 4, leaves: 12, rowShare: 0.8, earlyStopping: 0 });
  const outputs: TrainerOutput[] = [];
  for (const threads of [1, 2, 3]) outputs.push(await train(input, context({ threads })));
  expect(outputs.map(({ threads }) => threads)).toEqual([1, 2, 3]);
  expect(new Set(outputs.map((output) => JSON.stringify(digests(output)))).size).toBe(1);
});

test('a training that was killed goes on from its finished trees, and ends as if nothing had happened', async () => {
  const input = await inputOf(4_000, { trees: 400, leaves: 16, earlyStopping: 0 });
  const undisturbed = digests(await train(input, context()));
  const workDir = path.join(workshop.folder, 'killed');
  const checkpoint = await killedAfterFirstCheckpoint(input, workDir);
  expect(checkpoint).toContain(workDir);
  expect(readdirSync(checkpoint).filter((file) => !file.endsWith('.tmp'))).toHaveLength(1);

  const resumed = await train(input, context({ workDir }));
  expect(digests(resumed)).toEqual(undisturbed);
  expect(existsSync(checkpoint)).toBe(false);
});

/** In a process of its own, ended by a signal that nobody can catch. */
async function killedAfterFirstCheckpoint(input: TrainerInput, workDir: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', path.resolve('test/training/train-process.ts'), workDir, JSON.stringify(input)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const kept = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => resolve(text.toString().trim()));
    child.on('exit', (code) => reject(new Error(`it ended before it kept any tree (exit code ${code})`)));
  });
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  return kept;
}

test('a training that is cancelled stops its threads before it answers, and keeps what it has finished', async () => {
  const input = await inputOf(90_000, { trees: 10_000, leaves: 16, earlyStopping: 0 });
  const workDir = path.join(workshop.folder, 'cancelled');
  const controller = new AbortController();
  const events: string[] = [];
  const heartbeat = ({ stage, done }: TrainingProgress) => {
    if (stage !== 'fitting' || done < 1 || controller.signal.aborted) return;
    events.push('cancelled');
    controller.abort(new Error('cancelled'));
  };
  await train(input, context({ workDir, signal: controller.signal, heartbeat, threads: 2, checkpointEveryMs: 0 })).catch((error: Error) =>
    events.push(`ended: ${error.message}`),
  );
  expect(events).toEqual(['cancelled', 'ended: cancelled']);
  expect(readdirSync(path.join(workDir, 'checkpoints'))).toHaveLength(1);
});
