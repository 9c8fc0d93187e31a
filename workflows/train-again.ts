/** Runs a trainer once more on what it was given before, for `understudy reproduce`; nothing comes of it but the answer. */
import type { TrainerOutput } from '../src/training/trainer.ts';
import type { TrainAgainInput } from './messages.ts';
import { onQueue } from './policies.ts';

export async function trainAgain({ version, trainerQueue, input }: TrainAgainInput): Promise<TrainerOutput> {
  return onQueue(trainerQueue, `Train ${version} again`).trainChallenger(input);
}
