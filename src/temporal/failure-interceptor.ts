import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { Failure } from '../failures.ts';
import { isDatabaseAway } from '../store/failures.ts';

/** Our failures are plain facts; here, and only here, they learn what Temporal should do about them. */
export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (error instanceof Failure) throw translated(error);
      if (isDatabaseAway(error))
        throw translated(new Failure('RegistryUnavailable', 'Postgres could not be reached', {}, { cause: error }));
      throw error;
    }
  }
}

function translated(failure: Failure): ApplicationFailure {
  return ApplicationFailure.create({
    type: failure.type,
    message: failure.message,
    details: [failure.details],
    nonRetryable: failure.isPermanent,
    cause: failure,
  });
}
