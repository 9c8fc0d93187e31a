/** The body of `POST /v1/outcomes`: one outcome or many. The prediction may be unknown here; the shape may not be wrong. */
import type { OutcomeRecord } from '../store/log-records.ts';
import { isFiniteNumber, isObject, isText, kindOf, type Problem, unknownKey } from './instances.ts';

export interface OutcomesBody {
  readonly outcomes: readonly OutcomeRecord[];
  readonly problems: readonly Problem[];
}

const MOST_OUTCOMES = 5_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const KIND = /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,62}$/u;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const KEYS = ['predictionId', 'kind', 'value', 'occurredAt', 'source'];

export interface Receipt {
  readonly nextId: () => string;
  readonly receivedAt: string;
}

export function parseOutcomes(body: unknown, receipt: Receipt): OutcomesBody {
  if (!isObject(body)) return refused('', 'an object with "outcomes", or one outcome', body);
  if (!('outcomes' in body)) return parsed([body], receipt);
  const { outcomes } = body;
  if (!Array.isArray(outcomes) || outcomes.length === 0) return refused('outcomes', 'a list of at least one outcome', outcomes);
  if (outcomes.length > MOST_OUTCOMES) {
    return {
      outcomes: [],
      problems: [{ instance: 0, field: 'outcomes', expected: `at most ${MOST_OUTCOMES}`, found: `${outcomes.length}` }],
    };
  }
  return parsed(outcomes, receipt);
}

function parsed(found: readonly unknown[], receipt: Receipt): OutcomesBody {
  const problems: Problem[] = [];
  const outcomes = found.flatMap((value, index) => {
    const wrong = problemsIn(value, index);
    problems.push(...wrong);
    return wrong.length === 0 ? [recordOf(value as GivenOutcome, receipt)] : [];
  });
  return { outcomes, problems };
}

interface GivenOutcome {
  readonly predictionId: string;
  readonly kind: string;
  readonly value: number;
  readonly occurredAt?: string;
  readonly source?: string;
}

function problemsIn(value: unknown, index: number): Problem[] {
  if (!isObject(value))
    return [{ instance: index, field: '', expected: 'an object with predictionId, kind and value', found: kindOf(value) }];
  const problems = Object.keys(value)
    .filter((key) => !KEYS.includes(key))
    .map((key) => unknownKey(index, key, KEYS));
  const complain = (field: string, expected: string) => problems.push({ instance: index, field, expected, found: kindOf(value[field]) });
  const { predictionId, kind, value: amount, occurredAt, source } = value;
  if (typeof predictionId !== 'string' || !UUID.test(predictionId)) complain('predictionId', 'the id that came with the prediction');
  if (typeof kind !== 'string' || !KIND.test(kind)) complain('kind', 'the name of an outcome, such as converted');
  if (!isFiniteNumber(amount)) complain('value', 'a finite number (1 for happened, 0 for did not)');
  if (occurredAt !== undefined && !isTime(occurredAt)) complain('occurredAt', 'an ISO time with its zone, such as 2026-11-21T10:00:00Z');
  if (source !== undefined && !isText(source)) complain('source', 'a well-formed text');
  return problems;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
}

function recordOf({ predictionId, kind, value, occurredAt, source }: GivenOutcome, { nextId, receivedAt }: Receipt): OutcomeRecord {
  return {
    receipt_id: nextId(),
    prediction_id: predictionId.toLowerCase(),
    kind,
    value,
    occurred_at: occurredAt === undefined ? receivedAt : new Date(occurredAt).toISOString(),
    received_at: receivedAt,
    source: source ?? 'unknown',
  };
}

function refused(field: string, expected: string, found: unknown): OutcomesBody {
  return { outcomes: [], problems: [{ instance: 0, field, expected, found: kindOf(found) }] };
}
