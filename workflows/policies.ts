/**
 * Four ways to call an activity, options written out in full. Retries live here, never in code. Programmer errors are plain
 * errors, which Temporal would retry for ever, so they are listed as not worth retrying.
 */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const hopeless = ['TypeError', 'RangeError', 'AssertionError', 'ZodError', 'SyntaxError', 'ReferenceError'];

/**
 * Database and route writes: short, tried again until the database is back (an outage must not fail a rollout). A worker that dies
 * in the middle of one is given up after the start-to-close time, so that time is also how late a rollback can come.
 */
const quick: ActivityOptions = {
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '7d',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s', nonRetryableErrorTypes: hopeless },
};

/** Waiting for every gateway to obey: longer than a gateway's lease. */
const gateways: ActivityOptions = { ...quick, startToCloseTimeout: '30s' };

/** Work on data and models: heart-beating, so that a dead worker is noticed in seconds and the work goes on elsewhere. */
const long: ActivityOptions = {
  startToCloseTimeout: '6h',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '1d',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m', nonRetryableErrorTypes: hopeless },
};

/** Reading live evidence: after four attempts the workflow records doubt, never a fail and never a pass. */
const judging: ActivityOptions = {
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 4, nonRetryableErrorTypes: hopeless },
};

/** The summary is what the Temporal UI shows beside the activity: stage word first. */
export const quickly = (summary: string) => proxyActivities<Activities>({ ...quick, summary });
export const untilObeyed = (summary: string) => proxyActivities<Activities>({ ...gateways, summary });
export const atLength = (summary: string) => proxyActivities<Activities>({ ...long, summary });
export const judgingly = (summary: string) => proxyActivities<Activities>({ ...judging, summary });
/** On the task queue that the spec names for its trainer. */
export const onQueue = (taskQueue: string, summary: string) => proxyActivities<Activities>({ ...long, taskQueue, summary });
