/** Effects, one file per outside party. Each says why it is safe to repeat: Temporal runs it at least once. */
import type { Client } from '@temporalio/client';
import { championActivities } from './champions.ts';
import { type DataDependencies, dataActivities } from './data.ts';
import { type DataCheckDependencies, dataCheckActivities } from './data-checks.ts';
import { evaluationActivities } from './evaluation.ts';
import { type FeatureDependencies, featureActivities } from './features.ts';
import { gatewayActivities } from './gateways.ts';
import { judgingActivities } from './judging.ts';
import { packagingActivities } from './packaging.ts';
import { type Lineage, registryActivities } from './registry.ts';
import { requestActivities } from './requests.ts';
import { retrainingActivities } from './retrainings.ts';
import { rolloutActivities } from './rollouts.ts';
import type { trainingActivities } from './training.ts';
import { watchingActivities } from './watching.ts';

export interface ActivityDependencies extends DataDependencies, DataCheckDependencies, FeatureDependencies {
  readonly client: Client;
  readonly taskQueue: string;
  readonly lineage: Lineage;
}

/** What the lifecycle worker offers; training is on the queue that the spec names. */
export function createActivities(deps: ActivityDependencies) {
  return {
    ...retrainingActivities(deps),
    ...dataActivities(deps),
    ...dataCheckActivities(deps),
    ...packagingActivities(deps),
    ...evaluationActivities(deps),
    ...registryActivities(deps),
    ...rolloutActivities(deps),
    ...judgingActivities(deps),
    ...championActivities(deps),
    ...gatewayActivities(deps),
    ...watchingActivities(deps),
    ...featureActivities(deps),
    ...requestActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities> & ReturnType<typeof trainingActivities>;
