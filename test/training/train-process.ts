/** Trains with a checkpoint after every tree, and says where it lies when the first one is on disk. Ended from outside. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TrainerInput } from '../../src/training/trainer.ts';
import { trainerNamed } from '../../src/training/trainers.ts';

const [workDir, json] = process.argv.slice(2);
const input = JSON.parse(json!) as TrainerInput;
const all = path.join(workDir!, 'checkpoints');

// Heartbeats come once a second, in which a quiet machine has finished.
const looking = setInterval(() => {
  const folder = existsSync(all) ? readdirSync(all)[0] : undefined;
  if (folder === undefined || !readdirSync(path.join(all, folder)).some((file) => !file.endsWith('.tmp'))) return;
  process.stdout.write(`${path.join(all, folder)}\n`);
  clearInterval(looking);
}, 5);
const context = { signal: new AbortController().signal, workDir: workDir!, checkpointEveryMs: 0, threads: 2, heartbeat() {} };
await trainerNamed(input.trainer)(input, context).finally(() => clearInterval(looking));
