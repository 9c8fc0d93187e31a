/** Trains with a checkpoint after every tree, and says so when the first one is on disk. Ended from outside. */
import { existsSync, readdirSync } from 'node:fs';
import type { TrainerInput } from '../../src/training/trainer.ts';
import { trainerNamed } from '../../src/training/trainers.ts';

const [workDir, json] = process.argv.slice(2);
const input = JSON.parse(json!) as TrainerInput;
await trainerNamed(input.trainer)(input, {
  signal: new AbortController().signal,
  workDir: workDir!,
  checkpointEveryMs: 0,
  threads: 2,
  heartbeat(progress) {
    const { checkpoint } = progress;
    if (checkpoint && existsSync(checkpoint) && readdirSync(checkpoint).some((file) => !file.endsWith('.tmp'))) {
      process.stdout.write(`${JSON.stringify(progress)}\n`);
    }
  },
});
