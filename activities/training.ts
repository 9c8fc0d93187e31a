import { faultPoint } from '../src/fault-hooks.ts';
import { surroundings } from '../src/training/surroundings.ts';
import type { TrainerInput, TrainerOutput } from '../src/training/trainer.ts';
import { trainerNamed } from '../src/training/trainers.ts';
import { withHeartbeats, workFolder } from './heartbeats.ts';

/** The built-in trainers, as the activity that any trainer on its own task queue implements. */
export function trainingActivities({ workDir }: { artifactsUrl: string; workDir: string }) {
  return {
    /** Safe to repeat: the same snapshot, split, features, parameters and seed give the same bytes. */
    async trainChallenger(input: TrainerInput): Promise<TrainerOutput> {
      const train = trainerNamed(input.trainer);
      const folder = await workFolder(workDir);
      await faultPoint('training');
      const output = await withHeartbeats(({ signal, progress }) => train(input, { signal, heartbeat: progress, workDir: folder }));
      return { ...output, surroundings: { ...surroundings() } };
    },
  };
}
