/** The body of a prediction request: one instance or many, taken as they are or refused with every problem named. */

import { nearestName } from '../domain/nearest-name.ts';
import { timeExpected, timeOf } from '../features/times.ts';

export interface Problem {
  readonly instance: number;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

export interface Instance {
  /** Null: a request that names no entity, which never comes back. */
  readonly entity: string | null;
  readonly features: unknown;
  readonly requestId: string | null;
  /** When the score is asked for, in milliseconds since 1970; null: now. */
  readonly at: number | null;
  readonly context: Readonly<Record<string, unknown>> | null;
}

export interface InstancesBody {
  /** A single instance is answered by a single prediction. */
  readonly single: boolean;
  readonly instances: readonly Instance[];
  readonly problems: readonly Problem[];
}

const MOST_INSTANCES = 1_000;
const LONGEST_ENTITY = 256;
const LONGEST_TEXT = 500;
const MOST_CONTEXT_KEYS = 20;
const UNSTORABLE = /[\0\p{Surrogate}]/u;
const KEYS = ['entity', 'features', 'requestId', 'context', 'at'];

export function parseInstances(body: unknown): InstancesBody {
  if (!isObject(body))
    return refused({
      instance: 0,
      field: '',
      expected: 'an object with "instances", or with "entity" and "features"',
      found: kindOf(body),
    });
  if (!('instances' in body)) return withProblems(true, [body]);
  const unknown = Object.keys(body).filter((key) => key !== 'instances');
  if (unknown.length > 0) return refused(unknownKey(0, unknown[0]!, ['instances']));
  const { instances } = body;
  if (!Array.isArray(instances) || instances.length === 0) {
    return refused({ instance: 0, field: 'instances', expected: 'a list of at least one instance', found: kindOf(instances) });
  }
  if (instances.length > MOST_INSTANCES) {
    return refused({ instance: 0, field: 'instances', expected: `at most ${MOST_INSTANCES} instances`, found: `${instances.length}` });
  }
  return withProblems(false, instances);
}

function withProblems(single: boolean, found: readonly unknown[]): InstancesBody {
  const problems: Problem[] = [];
  const instances = found.map((value, index) => parseInstance(value, index, problems));
  return { single, instances, problems };
}

function parseInstance(value: unknown, index: number, problems: Problem[]): Instance {
  const nothing: Instance = { entity: null, features: null, requestId: null, at: null, context: null };
  if (!isObject(value)) {
    problems.push({ instance: index, field: '', expected: 'an object with "features"', found: kindOf(value) });
    return nothing;
  }
  for (const key of Object.keys(value)) if (!KEYS.includes(key)) problems.push(unknownKey(index, key, KEYS));
  const { entity, features, requestId, context, at } = value;
  const complain = (field: string, expected: string, found: unknown) =>
    problems.push({ instance: index, field, expected, found: kindOf(found) });

  // Whom it is about may be all that an application knows: the rest is read online.
  const given = features === undefined && entity !== undefined && entity !== null ? {} : features;
  if (!isObject(given)) complain('features', 'an object of features by name', features);
  if (!isEntity(entity)) complain('entity', `a number or a text of 1 to ${LONGEST_ENTITY} characters`, entity);
  if (requestId !== undefined && !isText(requestId)) complain('requestId', 'a well-formed text', requestId);
  if (at !== undefined && Number.isNaN(timeOf(at))) complain('at', timeExpected, at);
  if (context !== undefined && !isContext(context)) complain('context', `at most ${MOST_CONTEXT_KEYS} plain values by name`, context);
  return {
    entity: entity === undefined || entity === null ? null : String(entity),
    features: given,
    requestId: typeof requestId === 'string' ? requestId : null,
    at: at === undefined ? null : timeOf(at),
    context: contextOf(context, at),
  };
}

function contextOf(context: unknown, at: unknown): Instance['context'] {
  const given = isObject(context) ? context : null;
  const ms = timeOf(at);
  // The moment that was meant is logged, so that a replay derives the same features.
  return Number.isNaN(ms) ? given : { ...given, at: new Date(ms).toISOString() };
}

function isEntity(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_ENTITY;
}

function isContext(value: unknown): boolean {
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  if (entries.length > MOST_CONTEXT_KEYS) return false;
  return entries.every(
    ([key, item]) => isText(key) && (item === null || typeof item === 'boolean' || isFiniteNumber(item) || isText(item)),
  );
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_TEXT && !UNSTORABLE.test(value);
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function unknownKey(instance: number, key: string, known: readonly string[]): Problem {
  const nearest = nearestName(key, known);
  return {
    instance,
    field: shown(key),
    expected: `one of ${known.join(', ')}`,
    found: `an unknown name${nearest === null ? '' : `; did you mean "${nearest}"?`}`,
  };
}

export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'string') return `the text ${JSON.stringify(shown(value))}`;
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value} ${String(value)}`;
}

function shown(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return short.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

function refused(problem: Problem): InstancesBody {
  return { single: true, instances: [], problems: [problem] };
}
