export { materializeFeatures } from './materialize-features.ts';
export { requestRetraining } from './request-retraining.ts';
export { retrainModel } from './retrain-model.ts';
export { rollBackChampion } from './roll-back-champion.ts';
export { rolloutChallenger } from './rollout-challenger.ts';
export { trainAgain } from './train-again.ts';
export { watchChampion } from './watch-champion.ts';
