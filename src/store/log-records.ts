/**
 * What gateways log, as it lies in their spool files and as it is sent to Postgres: one JSON object a record, its keys the names
 * of the columns, so that shipping a spool needs no parsing.
 */
import type { Arm } from '../domain/buckets.ts';
import type { ChallengerFault, FallbackReason } from '../domain/fallbacks.ts';

export const recordKinds = ['predictions', 'pairs', 'outcomes', 'drops', 'failures'] as const;
export type RecordKind = (typeof recordKinds)[number];

export interface PredictionRecord {
  /** Time-ordered (UUIDv7): it is also the partition key. */
  readonly prediction_id: string;
  readonly model: string;
  /** The version that answered. */
  readonly version_id: string;
  /** The arm the entity belongs to, whoever answered. */
  readonly arm: Arm;
  readonly fallback_reason?: FallbackReason;
  /** The rollout whose challenger was routed to, if any. */
  readonly rollout_id?: string;
  readonly entity_hash: string;
  readonly bucket: number;
  readonly request_id?: string;
  readonly route_revision: number;
  readonly route_epoch: number;
  readonly gateway_id: string;
  readonly segments: Readonly<Record<string, unknown>>;
  readonly features: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly score: number;
  readonly latency_ms: number;
  readonly predicted_at: string;
}

/** What champion and challenger say about the same row. The challenger's score is null when it failed. */
export interface PairRecord {
  readonly prediction_id: string;
  readonly model: string;
  readonly rollout_id: string;
  readonly arm: Arm;
  readonly entity_hash: string;
  readonly champion_score: number | null;
  readonly challenger_score: number | null;
  readonly failure: ChallengerFault | null;
  readonly predicted_at: string;
}

export interface OutcomeRecord {
  /** Time-ordered, given when the gateway received it. */
  readonly receipt_id: string;
  readonly prediction_id: string;
  readonly kind: string;
  readonly value: number;
  readonly occurred_at: string;
  readonly received_at: string;
  readonly source: string;
}

/** Copies of requests that the challenger could not be given in time. */
export interface DropRecord {
  readonly drop_id: string;
  readonly gateway_id: string;
  readonly rollout_id: string;
  readonly dropped_count: number;
  readonly dropped_at: string;
}

/** Instances that got no answer, because the version that had to give it could not. */
export interface FailureRecord {
  readonly failure_id: string;
  readonly gateway_id: string;
  readonly model: string;
  readonly version_id: string;
  readonly reason: string;
  readonly failed_count: number;
  readonly failed_at: string;
}
