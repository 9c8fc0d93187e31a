/** The trainers that a training worker of ours knows. Others live on task queues of their own. */
import { Failure } from '../failures.ts';
import { adoptImported } from './adopt-imported.ts';
import { builtIn } from './train-built-in.ts';
import type { Trainer } from './trainer.ts';

const trainers: ReadonlyMap<string, Trainer> = new Map([
  ['logistic-regression', builtIn('logistic-regression')],
  ['linear-regression', builtIn('linear-regression')],
  ['gradient-boosted-trees', builtIn('gradient-boosted-trees')],
  ['imported', adoptImported],
]);

export function isBuiltIn(name: string): boolean {
  return trainers.has(name);
}

export function trainerNamed(name: string): Trainer {
  const trainer = trainers.get(name);
  if (!trainer)
    throw new Failure(
      'TrainerUnknown',
      `this worker has no trainer "${name}": expected ${[...trainers.keys()].join(', ')}, or another task queue`,
      { name },
    );
  return trainer;
}
