import { faultPoint } from '../src/fault-hooks.ts';
import { type TrainerInput, type TrainerOutput, trainerNamed } from '../src/training/trainer.ts';
import { withHeartbeats, workFolder } from './heartbeats.ts';

/** The built-in trainers, as the activity that any trainer on its own task queue implements. */
export function trainingActivities({ workDir }: { artifactsUrl: string; workDir: string }) {
  return {
    /** Safe to repeat: the same snapshot, split, features, parameters and seed give the same bytes. */
    async trainChallenger(input: TrainerInput): Promise<TrainerOutput> {
      const train = trainerNamed(input.trainer);
      const folder = await workFolder(workDir);
      await faultPoint('training');
      return withHeartbeats(({ signal, progress }) => train(input, { signal, heartbeat: progress, workDir: folder }));
    },
  };
}
