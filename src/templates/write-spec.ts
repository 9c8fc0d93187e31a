/** The text of a spec, with what was guessed and why beside it, for somebody to read and correct. Pure. */
import type { ColumnLook, FileLook } from './look-at-file.ts';
import type { Roles, Template } from './guess-roles.ts';

export interface SpecText {
  readonly model: string;
  readonly file: FileLook;
  readonly roles: Roles;
  /** As it is written in the spec: relative to it, or whole. */
  readonly sourcePath: string;
  /** Columns that alone foretell the label too well to have been known before it, with their AUC. */
  readonly suspicious: readonly Power[];
  /** Of every feature; empty before the file was read. */
  readonly power: readonly Power[];
}

export interface Power {
  readonly column: string;
  readonly auc: number;
}

interface Words {
  readonly objective: string;
  readonly maturity: string;
  readonly maturityWhy: string;
  readonly better: 'higher' | 'lower';
  readonly action: string;
}

const words: Readonly<Record<Template, Words>> = {
  churn: {
    objective: 'Find the customers who are about to leave, so that somebody talks to them first',
    maturity: '30d',
    maturityWhy: 'after this long it is known whether they left',
    better: 'lower',
    action: 'Whoever is called may stay because of the call.',
  },
  conversion: {
    objective: 'Rank people by how likely they are to buy, so that the offer goes to the right ones',
    maturity: '7d',
    maturityWhy: 'after this long it is known whether they bought',
    better: 'higher',
    action: 'Whoever gets the offer may buy because of it.',
  },
  value: {
    objective: 'Say what a customer will be worth, so that effort follows value',
    maturity: '90d',
    maturityWhy: 'after this long the value is known',
    better: 'higher',
    action: 'Whoever is looked after may spend more because of it.',
  },
  uplift: {
    objective: 'Find the people whom the campaign changes, not those who buy anyway',
    maturity: '14d',
    maturityWhy: 'after this long it is known whether they bought',
    better: 'higher',
    action: 'The treatment is the action, so the outcome depends on it.',
  },
};

/** The default of dataContract.minimumRows; a smaller file needs another. */
const USUAL_MINIMUM_ROWS = 1_000;
const MOST_SEGMENTS = 2;
/** What people write into a number that is not known. */
const STAND_INS = new Set(['-1', '-99', '-999', '-9999', '99', '999', '9999', '99999']);

export function specText(given: SpecText): string {
  const { roles } = given;
  return [
    header(given),
    ...source(given),
    ...privacy(roles),
    '',
    '# Who a row is about. The same entity is never in the training and in the comparison of any version.',
    roles.entity.value === null
      ? `entity: row-number   # ${roles.entity.why}; entity: COLUMN if one names a customer`
      : `entity: ${text(roles.entity.value)}   # ${roles.entity.why}`,
    ...time(given),
    '',
    ...label(given),
    ...treatment(roles),
    '',
    '# What a request brings. A question mark: it may be missing.',
    'features:',
    ...roles.features.filter(({ look }) => !isSuspicious(given, look)).map((feature) => `  ${featureLine(feature, given.file)}`),
    ...knownAfterwards(given),
    ...leftOut(roles),
    ...dataContract(given.file),
    ...segments(given),
    '',
    ...trainer(roles),
    ...rollout(),
    '',
  ].join('\n');
}

const isSuspicious = ({ suspicious }: SpecText, { name }: ColumnLook) => suspicious.some(({ column }) => column === name);

function header({ model, file, roles }: SpecText): string {
  const { objective } = words[roles.template];
  return [
    `# Written by "understudy init --template ${roles.template}" from ${file.rows.toLocaleString('en')} rows; read it before it is applied:`,
    '# what is marked as guessed was guessed from names and values.',
    `model: ${model}`,
    `objective: ${objective}`,
    'owners: data-team   # or { data: ..., model: ..., release: ..., onCall: ... }',
    ...(roles.template === 'value' ? ['task: regression   # the label is a number'] : []),
    ...(roles.template === 'uplift' ? ['task: uplift   # two models, of the treated and of the others; the score is the difference'] : []),
    '',
  ].join('\n');
}

function privacy({ privacy: { personal, consent } }: Roles): string[] {
  const lines: string[] = [];
  if (consent !== null)
    lines.push(
      `consent: { column: ${text(consent.column)}, allowed: [${consent.allowed.map(text).join(', ')}] }   # guessed by its name: rows without consent never come in`,
    );
  if (personal.length > 0)
    lines.push(`personal: [${personal.map(text).join(', ')}]   # guessed: these say who somebody is, and come in only as keyed hashes`);
  return lines;
}

function source({ file, sourcePath, roles }: SpecText): string[] {
  const parts = [`path: ${text(sourcePath)}`];
  if (file.format === 'csv' && file.separator !== ',') parts.push(`separator: ${JSON.stringify(file.separator)}`);
  if (file.decimal === ',') parts.push('decimal: ","');
  if (file.skipLines > 0) parts.push(`skipLines: ${file.skipLines}`);
  if (file.header !== null) parts.push(`header: [${file.header.map(text).join(', ')}]`);
  if (file.missing.length > 0) parts.push(`missing: [${file.missing.map(text).join(', ')}]`);
  const comment = file.missing.length > 0 ? '   # missing: words that stand for no value' : '';
  const notes: string[] = [];
  if (file.header !== null)
    notes.push('# header: the file has no line of names, so these were made up; give them better ones, here and below.');
  if (roles.key !== null) {
    parts.push(`key: [${roles.key.map(text).join(', ')}]`);
    notes.push(
      `# key: "${roles.entity.value}" comes again, and no time tells its rows apart; rows that agree in all of these are the same row.`,
    );
  }
  return [...notes, `source: { ${parts.join(', ')} }${comment}`];
}

function time({ roles, file }: SpecText): string[] {
  if (roles.time.value !== null) {
    const { value, format, why } = roles.time;
    const written = format === null ? text(value) : `{ column: ${text(value)}, format: ${JSON.stringify(format)} }`;
    return [`time: ${written}   # ${why}. Older rows train, newer ones compare`];
  }
  const months = file.columns.find(({ top }) => top.length > 1 && top.every(({ value }) => MONTHS.has(value.slice(0, 3).toLowerCase())));
  if (!months) return [`# time: COLUMN   # ${roles.time.why}; with one, older rows train and newer ones compare`];
  return [
    `# "${months.name}" holds months without a year. If the rows are in the order of time, say in which year they begin, and older rows`,
    '# train while newer ones compare, as it will be in production:',
    `# time: { monthNames: ${text(months.name)}, startYear: 2024 }`,
  ];
}

const MONTHS = new Set(['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']);

function label({ roles }: SpecText): string[] {
  const { maturity, maturityWhy, better, action } = words[roles.template];
  return [
    `label:`,
    `  column: ${text(roles.label.value)}   # ${roles.label.why}`,
    ...(roles.positive ? [`  positive: ${JSON.stringify(roles.positive.value)}   # ${roles.positive.why}`] : []),
    `  maturity: ${maturity}   # ${maturityWhy}; no prediction counts earlier`,
    `  better: ${better}   # what the team wants of it`,
    `  # ${action} Write none if nothing is done on the score.`,
    '  dependsOnAction: possible',
  ];
}

function treatment({ treatment }: Roles): string[] {
  if (!treatment) return [];
  return [
    '# Who was treated, in an experiment that drew lots.',
    `treatment: { column: ${text(treatment.value)}, treated: ${JSON.stringify(treatment.treated)} }   # ${treatment.why}`,
  ];
}

function featureLine({ look, kind }: Roles['features'][number], file: FileLook): string {
  const isMissing = look.present < file.rows;
  const share = isMissing ? `, missing in ${percent(1 - look.present / file.rows)}` : '';
  if (kind !== 'number') {
    const values = look.top
      .slice(0, 4)
      .map(({ value }) => value)
      .join(', ');
    const more = look.distinct > 4 ? `, ... (${look.distinct})` : '';
    const comment = kind === 'boolean' ? share.slice(2) : `${values}${more}${share}`;
    return `${text(look.name)}: ${kind}${isMissing ? '?' : ''}${comment === '' ? '' : `   # ${oneLine(comment)}`}`;
  }
  const { lowest, highest, median } = look.range!;
  const settings = ['type: number'];
  if (isMissing || look.numbers < 1) settings.push('nullable: true');
  if (lowest >= 0) settings.push('minimum: 0');
  // A few very large values would rule a linear model.
  if (lowest >= 0 && highest > 20 * Math.max(1, median)) settings.push('transform: log');
  const short =
    settings.length === 1 ? 'number' : settings.length === 2 && settings[1] === 'nullable: true' ? 'number?' : `{ ${settings.join(', ')} }`;
  return `${text(look.name)}: ${short}   # ${figure(lowest)} to ${figure(highest)}, half of them above ${figure(median)}${share}${standIn(look)}`;
}

/** A number that stands for "never" or "unknown" is learned from as if it were one. */
function standIn({ top, present }: ColumnLook): string {
  const found = top.find(({ value, rows }) => STAND_INS.has(value) && rows > present / 100);
  return found ? `; does ${found.value} (${percent(found.rows / present)}) stand for something else?` : '';
}

function knownAfterwards({ suspicious }: SpecText): string[] {
  if (suspicious.length === 0)
    return ['', '# Columns that exist only after the outcome would be listed here; nothing looked like one.', '# knownAfterOutcome: []'];
  return [
    '',
    `# Each of these alone foretells the label so well that it was probably not known before it: ${suspicious.map(({ column, auc }) => `${column} (AUC ${auc.toFixed(3)})`).join(', ')}.`,
    '# If one is known when the score is asked for, move it to the features; the leak check will ask for a waiver.',
    `knownAfterOutcome: [${suspicious.map(({ column }) => text(column)).join(', ')}]`,
  ];
}

function leftOut({ leftOut }: Roles): string[] {
  return leftOut.length === 0 ? [] : ['', '# Not used:', ...leftOut.map(({ column, why }) => `#   ${column}: ${why}`)];
}

function dataContract({ rows }: FileLook): string[] {
  const least = Math.floor(rows / 2);
  const isUsual = least >= USUAL_MINIMUM_ROWS;
  const known = isUsual ? [] : [`minimumRows: ${Math.max(1, least)}`];
  return [
    '',
    '# What a batch must keep, or nothing is trained on it; "understudy contract suggest" proposes more.',
    known.length > 0 ? `dataContract: { ${known.join(', ')} }` : '# dataContract: { minimumRows: 1000, maximumBadRows: 1% }',
  ];
}

/** Those that the label depends on most: there a version can be worse without its overall figures showing it. */
function segments({ roles, suspicious, power }: SpecText): string[] {
  const powerOf = (name: string) => power.find(({ column }) => column === name)?.auc ?? 0.5;
  const fit = roles.segments.filter((name) => !suspicious.some(({ column }) => column === name));
  const kept = fit.sort((a, b) => powerOf(b) - powerOf(a)).slice(0, MOST_SEGMENTS);
  if (kept.length === 0) return [];
  return [
    '',
    '# Groups in which a version must not be worse, either; { column: ..., critical: true } stops it there.',
    `segments: [${kept.map(text).join(', ')}]`,
  ];
}

function trainer({ template }: Roles): string[] {
  const linear = template === 'value' ? 'linear-regression' : 'logistic-regression';
  return [
    `# trainer: { name: gradient-boosted-trees }   # ${linear} unless said; trees find curves and combinations by themselves`,
    '# trainer: { name: lightgbm, queue: training-lightgbm }   # a Python worker: examples/lightgbm-trainer',
  ];
}

function rollout(): string[] {
  return ['# rollout: { steps: [5%, 25%, 50%], step: { duration: 48h, predictions: 5000 } }', '# retraining: { every: 7d }'];
}

/** As YAML reads it back: plain where nothing can be misread, else quoted. */
function text(value: string): string {
  const isPlain = /^[A-Za-z_/][\w./-]*( [\w./-]+)*$/.test(value) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}

const oneLine = (comment: string) => comment.replace(/\s+/g, ' ');
const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`;
const figure = (value: number) => String(Number(value.toPrecision(4)));
