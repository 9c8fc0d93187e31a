/**
 * Who is who among the columns of a file: the label, the entity, the time, the treatment, and what may be learned from. Guesses, each
 * with its reason, because somebody who knows the data will read them. Pure.
 */
import { nearestName } from '../domain/nearest-name.ts';
import { Failure } from '../failures.ts';
import { guessPrivacy, type Privacy } from './guess-privacy.ts';
import type { ColumnLook, FileLook } from './look-at-file.ts';

export const templates = ['churn', 'conversion', 'value', 'uplift'] as const;
export type Template = (typeof templates)[number];

/** What a person said instead of leaving it to us. */
export interface Said {
  readonly label?: string;
  readonly positive?: string;
  readonly entity?: string;
  readonly time?: string;
  readonly treatment?: string;
  readonly treated?: string;
}

export interface Guess<Value> {
  readonly value: Value;
  readonly why: string;
}

export type ColumnKind = 'number' | 'boolean' | 'category' | 'time' | 'identifier' | 'constant' | 'empty' | 'text' | 'unread';

export interface Roles {
  readonly template: Template;
  readonly label: Guess<string>;
  /** Null for a value. */
  readonly positive: Guess<string> | null;
  readonly entity: Guess<string | null>;
  readonly time: Guess<string | null> & { readonly format: string | null };
  /** What tells rows of one entity apart where no time does; null: entity and time do, or the entity alone. */
  readonly key: readonly string[] | null;
  readonly treatment: (Guess<string> & { readonly treated: string }) | null;
  readonly features: readonly { readonly look: ColumnLook; readonly kind: 'number' | 'boolean' | 'category' }[];
  readonly leftOut: readonly { readonly column: string; readonly why: string }[];
  readonly privacy: Privacy;
  /** Every column that could be one. */
  readonly segments: readonly string[];
}

const labelNames: Readonly<Record<Template, RegExp>> = {
  churn: /churn|attrition|lapsed|cancel|exited|terminated|^left$/i,
  conversion: /conver|purchas|bought|subscri|click|respon|deposit|^y$/i,
  value: /value|revenue|spen[dt]|amount|clv|ltv|sales|turnover/i,
  uplift: /conver|purchas|bought|respon|visit|churn|^y$/i,
};
const ANY_LABEL = /^(label|target|y|class|outcome)$/i;
const POSITIVE = /^(1|1\.0|yes|y|true|t|churned|left|cancelled|converted|bought|clicked|ja|oui|s[ií]|sim|tak)$/i;
const TREATED = /^(1|1\.0|yes|y|true|t|treat.*|test|exposed|mail.*|contacted)$/i;
const TREATMENT = /treat|exposed|mailed|contacted|(^|_)(arm|group)$/i;
const IDENTIFIER = /((^|[ _.-])(id|key)|Id|ID|uuid|guid)$/i;
/** Says who a row is about only if every row has its own. */
const NUMBER = /((^|[ _.-])(no|nr|num|number)|nummer|Number|No|Nr)$/;
const PERSON = /^(customer|client|user|account|member|household|subscriber|person|kunde)/i;
const TIME = /(_at|date|time|day|month|_ts|stamp|datum|tag)$/i;
const BIRTH = /birth|born|(^|_)dob$|geb/i;
const YES_OR_NO = [new Set(['true', 'false']), new Set(['t', 'f']), new Set(['yes', 'no']), new Set(['y', 'n']), new Set(['1', '0'])];
const MOST_CATEGORIES = 200;
/** A value nearly every row has for itself says who, not what. */
const IDENTIFYING_SHARE = 0.9;

export function guessRoles(template: Template, file: FileLook, said: Said = {}): Roles {
  insistOnColumns(file, said);
  const label = labelOf(template, file, said);
  const treatment = template === 'uplift' ? treatmentOf(file, said, label.value) : null;
  const privacy = guessPrivacy(file, [label.value, said.time, said.treatment]);
  const impersonal = { ...file, columns: file.columns.filter(({ name }) => !privacy.personal.includes(name)) };
  const entity = entityOf(impersonal, said);
  const time = timeOf(file, said);
  const key = keyOf(file, entity.value, time.value);
  const taken = new Set([label.value, treatment?.value, entity.value, time.value, privacy.consent?.column, ...privacy.personal]);
  const others = file.columns.filter(({ name }) => !taken.has(name)).map((look) => ({ look, kind: kindOf(look) }));
  const features = others.filter((each): each is Roles['features'][number] => ['number', 'boolean', 'category'].includes(each.kind));
  const leftOut = others.flatMap(({ look, kind }) => leftOutBecause(look, kind));
  if (features.length === 0) {
    const why = leftOut.slice(0, 5).map(({ column, why }) => `; "${column}": ${why}`);
    throw new Failure('SpecInvalid', `${file.path} has no column to learn from beside "${label.value}"${why.join('')}`);
  }
  return {
    template,
    label,
    positive: template === 'value' ? null : positiveOf(columnOf(file, label.value), said),
    entity,
    time,
    key,
    treatment,
    features,
    leftOut,
    privacy,
    segments: segmentsOf(features, file.rows),
  };
}

function kindOf({ present, distinct, numbers, times, timeFormats, isUnreadNumber, top, name }: ColumnLook): ColumnKind {
  if (present === 0) return 'empty';
  if (distinct === 1) return 'constant';
  const texts = top.map(({ value }) => value.toLowerCase());
  if (distinct === 2 && YES_OR_NO.some((words) => texts.every((text) => words.has(text)))) return 'boolean';
  const isUnique = present > 50 && distinct > IDENTIFYING_SHARE * present;
  if (isUnique && IDENTIFIER.test(name)) return 'identifier';
  // A few damaged values are set aside when the rows come in.
  if (numbers >= 0.99) return 'number';
  if (times >= 0.99 || timeFormats.length > 0) return 'time';
  if (isUnreadNumber) return 'unread';
  if (isUnique) return 'identifier';
  return distinct <= MOST_CATEGORIES ? 'category' : 'text';
}

function insistOnColumns({ columns, path }: FileLook, said: Said): void {
  const names = columns.map(({ name }) => name);
  for (const [role, column] of Object.entries({ label: said.label, entity: said.entity, time: said.time, treatment: said.treatment })) {
    if (column === undefined || names.includes(column)) continue;
    const nearest = nearestName(column, names);
    throw new Failure('SpecInvalid', `${path} has no column "${column}" for the ${role}${nearest ? `; did you mean "${nearest}"?` : ''}`);
  }
}

const columnOf = ({ columns }: FileLook, name: string): ColumnLook => columns.find((look) => look.name === name)!;

function labelOf(template: Template, file: FileLook, { label, treatment }: Said): Guess<string> {
  if (label !== undefined) return { value: label, why: 'as said' };
  const fits = file.columns.filter((look) => (template === 'value' ? kindOf(look) === 'number' : look.distinct === 2));
  const free = fits.filter(({ name }) => name !== treatment && !(template === 'uplift' && TREATMENT.test(name)));
  for (const names of [labelNames[template], ANY_LABEL]) {
    const named = free.findLast(({ name }) => names.test(name));
    if (named) return { value: named.name, why: 'guessed by its name' };
  }
  const last = file.columns.at(-1)!;
  if (free.includes(last) && !TREATMENT.test(last.name)) return { value: last.name, why: 'guessed: the last column' };
  if (template !== 'value' && free.length === 1) return { value: free[0]!.name, why: 'guessed: the only column of two values' };
  throw new Failure('SpecInvalid', noLabel(template, file, free));
}

/** What could be one, and what keeps a column from being one. */
function noLabel(template: Template, { path, columns }: FileLook, fits: readonly ColumnLook[]): string {
  const kind = template === 'value' ? 'a number' : 'one of two values';
  const unread = template === 'value' ? columns.find((look) => kindOf(look) === 'unread') : undefined;
  const hint = unread ? `; "${unread.name}" holds ${unreadAs(unread)}` : '';
  return `no column of ${path} looks like the label of ${template} (${kind}): say which it is, by --label${couldBe(fits)}${hint}`;
}

function couldBe(fits: readonly ColumnLook[]): string {
  const named = fits.slice(0, 8).map(({ name }) => `"${name}"`);
  return named.length === 0 ? '' : `; it could be ${named.join(', ')}`;
}

/** 1 means yes beside 0, and nothing beside 2. */
function positiveOf({ top, name, distinct }: ColumnLook, { positive }: Said): Guess<string> {
  if (positive !== undefined) {
    if (distinct > top.length || top.some(({ value }) => value === positive)) return { value: positive, why: 'as said' };
    throw new Failure('SpecInvalid', `no row has "${positive}" in "${name}": expected one of ${quoted(top, ', ')} for --positive`);
  }
  const named = top.filter(({ value }) => POSITIVE.test(value));
  const isNumbered = top.some(({ value }) => value === '2');
  if (named.length === 1 && distinct === 2 && !isNumbered) return { value: named[0]!.value, why: `guessed from ${quoted(top)}` };
  if (distinct === 2) return { value: top[1]!.value, why: `guessed: the rarer of ${quoted(top)}` };
  throw new Failure(
    'SpecInvalid',
    `"${name}" has ${distinct} values, such as ${quoted(top.slice(0, 3))}: say which one is positive, by --positive`,
  );
}

const quoted = (top: ColumnLook['top'], between = ' and ') => top.map(({ value }) => `"${value}"`).join(between);

function entityOf({ columns, rows }: FileLook, { entity }: Said): Guess<string | null> {
  if (entity !== undefined) return { value: entity, why: 'as said' };
  const isMany = ({ distinct, present }: ColumnLook) => present === rows && distinct > Math.min(1_000, rows / 20);
  const isEach = ({ distinct, present }: ColumnLook) => present === rows && distinct === rows;
  const named =
    columns.find((look) => IDENTIFIER.test(look.name) && isMany(look)) ??
    columns.find((look) => PERSON.test(look.name) && isMany(look)) ??
    columns.find((look) => NUMBER.test(look.name) && isEach(look));
  if (named)
    return { value: named.name, why: named.distinct === rows ? 'guessed by its name; every row has its own' : 'guessed by its name' };
  const own = columns.find(
    (look) => kindOf(look) === 'identifier' && isEach(look) && look.top.every(({ value }) => /^\S{1,64}$/.test(value)),
  );
  if (own) return { value: own.name, why: 'guessed: every row has its own' };
  return { value: null, why: 'no column names anybody, so each row stands for itself' };
}

function timeOf({ columns }: FileLook, { time }: Said): Roles['time'] {
  if (time !== undefined) return { value: time, why: 'as said', format: columns.find(({ name }) => name === time)!.timeFormats[0] ?? null };
  const times = columns.filter((look) => kindOf(look) === 'time' && !BIRTH.test(look.name));
  const found = times.find(({ name }) => TIME.test(name)) ?? times[0];
  if (!found) return { value: null, why: 'no column is a time', format: null };
  const [format = null, ...others] = found.timeFormats;
  const order = others.length > 0 ? `; it could be ${others[0]} as well` : '';
  return { value: found.name, why: `guessed: when a row was seen${order}`, format };
}

/** Without a time two rows of one entity would be the same row. Columns with gaps cannot be part of a key. */
function keyOf({ columns, rows }: FileLook, entity: string | null, time: string | null): string[] | null {
  if (entity === null || time !== null) return null;
  const look = columns.find(({ name }) => name === entity)!;
  if (look.distinct >= IDENTIFYING_SHARE * rows) return null;
  return columns.filter(({ present, distinct }) => present === rows && distinct > 1).map(({ name }) => name);
}

function treatmentOf({ columns, path }: FileLook, { treatment, treated }: Said, label: string): NonNullable<Roles['treatment']> {
  const fits = columns.filter(({ distinct, name }) => distinct === 2 && name !== label);
  const look = treatment === undefined ? fits.find(({ name }) => TREATMENT.test(name)) : columns.find(({ name }) => name === treatment);
  if (!look) {
    const message = `no column of ${path} looks like a treatment (one of two values): say which it is, by --treatment${couldBe(fits)}`;
    throw new Failure('SpecInvalid', message);
  }
  const why = treatment === undefined ? 'guessed by its name' : 'as said';
  const value = treated ?? look.top.find(({ value }) => TREATED.test(value))?.value;
  if (value === undefined)
    throw new Failure('SpecInvalid', `"${look.name}" is ${quoted(look.top.slice(0, 3))}: say which one was treated, by --treated`);
  return { value: look.name, why, treated: value };
}

const reasons: Readonly<Record<Exclude<ColumnKind, 'number' | 'boolean' | 'category'>, string>> = {
  time: 'a time: list it under inputs to derive from it (recency, season)',
  identifier: 'says who a row is about, which nothing can be learned from',
  constant: 'has one value only',
  empty: 'is empty',
  text: 'has too many different texts to be categories',
  unread: 'numbers that are not read as such',
};

function leftOutBecause(look: ColumnLook, kind: ColumnKind): { column: string; why: string }[] {
  const { name, distinct, timeFormats } = look;
  if (kind === 'number' || kind === 'boolean' || kind === 'category') return [];
  if (kind === 'unread') return [{ column: name, why: unreadAs(look) }];
  if (kind === 'time' && timeFormats.length > 0)
    return [{ column: name, why: `a time written as ${timeFormats[0]}: in ISO 8601 it can be an input` }];
  return [{ column: name, why: kind === 'text' ? `${reasons.text} (${distinct})` : reasons[kind] }];
}

function unreadAs({ top }: ColumnLook): string {
  return `numbers written as "${top[0]?.value ?? ''}": write them bare, with a decimal point, and they can be learned from`;
}

/** Categories with a few values, each with enough rows to judge a model on. */
function segmentsOf(features: Roles['features'], rows: number): string[] {
  return features
    .filter(({ look, kind }) => kind === 'category' && look.distinct <= 6 && look.top.every((value) => value.rows >= rows / 20))
    .map(({ look }) => look.name);
}
