/** The vocabulary of the audit trail: noun and past participle. Every decision is one of these, written with its effect. */
export const lifecycleEventKinds = [
  'spec-applied',
  'retraining-requested',
  'retraining-started',
  'snapshot-taken',
  'snapshot-withdrawn',
  'rows-redriven',
  'data-contract-checked',
  'waiver-requested',
  'waiver-given',
  'version-trained',
  'evaluation-completed',
  'version-registered',
  'version-queued',
  'retraining-closed',
  'rollout-opened',
  'approval-recorded',
  'message-ignored',
  'rollout-paused',
  'rollout-resumed',
  'verdict-reached',
  'share-changed',
  'rollout-promoted',
  'rollout-rejected',
  'rollout-rolled-back',
  'rollout-withdrawn',
  'champion-changed',
  'route-acknowledged',
  'hold-back-released',
  'drift-detected',
  'alarm-raised',
  'features-materialised',
] as const;
export type LifecycleEventKind = (typeof lifecycleEventKinds)[number];

export interface LifecycleEvent {
  readonly kind: LifecycleEventKind;
  readonly by: string;
  /** What it is about: a version, rollout, retraining or snapshot. */
  readonly subject: string;
  /** One sentence for people. */
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Written once: ids of attempts and steps, never workflow or run ids. */
  readonly idempotencyKey: string;
}
