import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Arm } from '../domain/buckets.ts';
import type { FallbackReason } from '../domain/fallbacks.ts';
import type { RecordKind } from '../store/log-records.ts';
import type { Made } from './predicting.ts';

interface PredictedCount {
  readonly model: string;
  readonly version: string;
  readonly arm: Arm;
  readonly fallback: FallbackReason | 'none';
}

export interface GatewayMetrics {
  readonly registry: Registry;
  predicted(labels: PredictedCount, count: number): void;
  answered(route: string, status: number, seconds: number): void;
  outcomesReceived(count: number): void;
  copiesDropped(model: string, count: number): void;
  shipped(kind: RecordKind, stored: number, rejected: number): void;
}

/** Read when somebody asks for the metrics. */
export interface GatewayGauges {
  readonly spoolBytes: () => number;
  readonly spoolLimitBytes: () => number;
  readonly requestsUnderWay: () => number;
  readonly secondsSincePostgres: () => number;
}

/** At this share of its limit the spool asks for a person. */
export const SPOOL_ALARM_SHARE = 0.8;

export function gatewayMetrics(gauges: GatewayGauges): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  const predictions = counter('understudy_predictions_total', 'Predictions answered', ['model', 'version', 'arm', 'fallback']);
  const outcomes = counter('understudy_outcomes_total', 'Outcomes received', []);
  const dropped = counter('understudy_dropped_copies_total', 'Copies of requests that the other version had no time to score', ['model']);
  const stored = counter('understudy_log_records_stored_total', 'Records that Postgres took', ['kind']);
  const rejected = counter('understudy_log_records_rejected_total', 'Records set aside with a reason', ['kind']);
  const seconds = new Histogram({
    name: 'understudy_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5],
    registers,
  });
  gauge('understudy_spool_bytes', 'Bytes that wait for Postgres', gauges.spoolBytes);
  gauge('understudy_spool_alarm', `1 when the spool is fuller than ${SPOOL_ALARM_SHARE * 100} %`, () =>
    gauges.spoolBytes() > SPOOL_ALARM_SHARE * gauges.spoolLimitBytes() ? 1 : 0,
  );
  gauge('understudy_requests_under_way', 'Requests not answered yet', gauges.requestsUnderWay);
  gauge('understudy_seconds_since_postgres', 'Seconds since Postgres last answered', gauges.secondsSincePostgres);

  return {
    registry,
    predicted: (labels, count) => predictions.inc({ ...labels }, count),
    answered: (route, status, took) => seconds.observe({ route, status: String(status) }, took),
    outcomesReceived: (count) => outcomes.inc(count),
    copiesDropped: (model, count) => dropped.inc({ model }, count),
    shipped(kind, isStored, isRejected) {
      stored.inc({ kind }, isStored);
      if (isRejected > 0) rejected.inc({ kind }, isRejected);
    },
  };
}

/** Counted by groups, not one by one: labels cost more than the sum. */
export function countPredictions(metrics: GatewayMetrics, model: string, made: readonly Made[]): void {
  const counts = new Map<string, { one: Made; count: number }>();
  for (const one of made) {
    const key = `${one.arm} ${one.answer.version} ${one.answer.fallback}`;
    const known = counts.get(key);
    if (known) known.count += 1;
    else counts.set(key, { one, count: 1 });
  }
  for (const { one, count } of counts.values()) {
    metrics.predicted({ model, version: one.answer.version, arm: one.arm, fallback: one.answer.fallback ?? 'none' }, count);
  }
}
