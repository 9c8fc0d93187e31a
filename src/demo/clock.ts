/**
 * The demo's clock: only durations and minimum counts shrink. Steps, margins, alpha and the judge are those of the example's own
 * spec; how many rows a metric needs before it may pass follows from them and does not shrink.
 */
export interface Compressed {
  readonly path: string;
  readonly value: string;
}

export const compressedClock: readonly Compressed[] = [
  { path: 'label.maturity', value: '8s' },
  { path: 'rollout.shadow.duration', value: '5s' },
  { path: 'rollout.shadow.predictions', value: '2000' },
  { path: 'rollout.step.duration', value: '6s' },
  { path: 'rollout.step.predictions', value: '800' },
  { path: 'rollout.lookEvery', value: '1s' },
  { path: 'rollout.longestStep', value: '90s' },
  { path: 'rollout.patience', value: '5m' },
  { path: 'rollout.probation', value: '10m' },
  { path: 'rollout.metrics.latency.batch', value: '500ms' },
  { path: 'approval.expires', value: '5m' },
  { path: 'monitoring.every', value: '3s' },
  { path: 'monitoring.window', value: '8s' },
  { path: 'monitoring.quiet', value: '5m' },
];

export const settingArguments = (settings: readonly Compressed[]): string[] =>
  settings.flatMap(({ path, value }) => ['--set', `${path}=${value}`]);
