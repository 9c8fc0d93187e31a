/** Parsers and options that several verbs share. What they throw is commander's own: it names the argument and exits with 2. */
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../domain/duration.ts';
import { type ModelName, modelName, type VersionId, versionId } from '../domain/ids.ts';

export function model(text: string): ModelName {
  try {
    return modelName(text);
  } catch {
    throw new InvalidArgumentError('Expected the name of a model, such as churn.');
  }
}

export function version(text: string): VersionId {
  try {
    return versionId(text);
  } catch {
    throw new InvalidArgumentError('Expected a version, such as churn@14.');
  }
}

const DATE_OR_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** An ISO date or time; without a zone it is UTC, as everything that is printed. */
export function instant(text: string): string {
  const match = DATE_OR_TIME.exec(text.trim());
  const isDate = text.trim().length === 10;
  const time = match ? new Date(isDate || match[1] ? text.trim() : `${text.trim()}Z`) : null;
  if (time === null || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Expected a time in UTC, such as 2026-03-01T12:00:00Z or 2026-03-01.');
  return time.toISOString();
}

export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(text);
}

export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** Milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('Expected a duration above zero, such as 60s or 5m.');
  return ms;
}

export function sentence(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Expected some words.');
  return text.trim();
}

export function withModel(command: Command): Command {
  return command.argument('<model>', 'the name of the model, such as churn', model);
}

/** Whoever decides says who and why: both end up in the audit trail. */
export function withReason(command: Command): Command {
  return withActor(command.requiredOption('--reason <text>', 'why; it is kept in the audit trail', sentence));
}

export function withActor(command: Command): Command {
  return command.option('--by <name>', 'who asks (default: UNDERSTUDY_ACTOR, or user@host)', sentence);
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print the object as JSON and nothing else');
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ understudy ${example}`).join('\n')}`);
}
