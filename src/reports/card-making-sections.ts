/** What a version is for, and what it was made from. */
import type { Spec } from '../domain/spec.ts';
import { type Content, html } from './html.ts';
import type { ModelCardContext } from './model-card-context.ts';
import { facts, list, type Section, table } from './page.ts';
import { asWritten, count, decimal, moment, percent } from './words.ts';

const taskWords: Readonly<Record<Spec['task'], string>> = {
  'binary-classification': 'how likely each is to have the outcome (binary classification)',
  regression: 'a number (regression)',
  uplift: 'how much the treatment changes the chance of the outcome (uplift)',
};

export function useSection({ use }: ModelCardContext): Section {
  const { outcome, decision, owners } = use;
  return {
    id: 'use',
    title: 'What it is for',
    body: html`${facts([
      ['objective', use.objective || 'not said'],
      ['audience', use.audience || 'not said'],
      ['it predicts', taskWords[use.task]],
      ['outcome', `${outcome.name}; ${outcome.better === 'higher' ? 'more' : 'less'} of it is wanted`],
      ['treatment', use.treatment],
      [
        'counts once',
        `${outcome.maturity} have passed; ${outcome.absent === 'negative' ? 'no news by then means it did not happen' : 'no news means nobody knows'}`,
      ],
      ['asked about', use.entity],
      ['what is done with it', decision === null ? 'nobody has said' : cutOff(decision)],
      ['owners', `data: ${owners.data}; model: ${owners.model}; release: ${owners.release}; on call: ${owners.onCall}`],
    ])}
<p class="lead">It is not made for any other audience, purpose or outcome than these, and nothing on this card speaks for such a use.</p>`,
  };
}

function cutOff({ cutoff, profit }: NonNullable<Spec['decision']>): string {
  const who =
    cutoff.kind === 'score'
      ? `scores from ${asWritten(cutoff.from)} on are acted upon`
      : `the best-ranked ${percent(cutoff.share)} are acted upon`;
  if (profit === null) return who;
  return `${who}; worth of a hit ${asWritten(profit.truePositive)}, a false alarm ${asWritten(profit.falsePositive)}, a miss ${asWritten(profit.falseNegative)}, rightly left alone ${asWritten(profit.trueNegative)}`;
}

export function dataSection({ data, use }: ModelCardContext): Section {
  const columns = [{ title: 'rule' }, { title: 'rows set aside', kind: 'number' }] as const;
  return {
    id: 'data',
    title: 'What it learned from',
    body: html`${facts([
      ['source', data.source],
      ['taken', moment(data.takenAt)],
      ['rows in the source', count(data.rowsIn)],
      ['rows kept', count(data.rowsKept)],
      ['seen from', data.from && moment(data.from)],
      ['seen until', data.until && moment(data.until)],
      ['rows it was trained on', count(data.trainedRows)],
      [
        use.task === 'regression' ? 'mean label among them' : 'with the outcome among them',
        use.task === 'regression' ? decimal(data.baseRate) : percent(data.baseRate),
      ],
      [
        'divided',
        { time: 'by time: the newest rows were kept for the comparison', entity: 'by entity', given: 'as the source says' }[data.split] ??
          data.split,
      ],
      [
        'consent',
        data.consent === null
          ? 'no column says who consented'
          : `only rows whose ${data.consent.column} is ${data.consent.allowed.join(' or ')}`,
      ],
      ['pseudonymised at the door', data.personal.length === 0 ? 'no column' : data.personal.join(', ')],
      ['compared for fairness by', data.fairnessColumns.length === 0 ? 'no column' : data.fairnessColumns.join(', ')],
      ['known only after the outcome, so withheld', data.withheld.join(', ')],
    ])}
${
  data.setAside.length === 0
    ? null
    : table(
        'Rows set aside',
        columns,
        data.setAside.map(({ rule, count: rows }) => [rule, count(rows)]),
      )
}`,
  };
}

export function featureListSection({ features }: ModelCardContext): Section {
  const columns = [
    { title: 'feature' },
    { title: 'made of', kind: 'words' },
    { title: 'type' },
    { title: 'owner' },
    { title: 'version', kind: 'number' },
  ] as const;
  const rows = features.map(({ name, from, type, owner, version, description }) => [
    name,
    html`${from}${description === '' ? null : html`<small>${description}</small>`}`,
    type,
    owner,
    count(version),
  ]);
  return { id: 'features', title: 'What it looks at', body: table('Features', columns, rows) };
}

export function trainingSection({ training }: ModelCardContext): Section {
  const { search, searched, parameters } = training;
  const columns = [{ title: 'parameter' }, { title: 'value', kind: 'number' }] as const;
  const rows = Object.entries(parameters).map(([name, value]) => [name, asWritten(value)]);
  return {
    id: 'training',
    title: 'How it was trained',
    body: html`${facts([
      ['trainer', training.trainer],
      [
        'calibration',
        { none: 'none', platt: "Platt's, on rows of its own", isotonic: 'isotonic, on rows of its own' }[training.calibration] ??
          training.calibration,
      ],
      ['search of parameters', search === null ? 'none' : searchWords(search)],
      ['weight of a row', training.weight ?? 'all the same'],
      ['seed', asWritten(training.seed)],
      ['spec revision', count(training.specRevision)],
      ['registered', moment(training.registeredAt)],
    ])}
${rows.length === 0 ? null : table('Parameters', columns, rows)}
${search === null || searched === null ? null : trials(searched, Object.keys(search.ranges))}
<h3>Why it was trained</h3>
${requests(training.requestedBy)}`,
  };
}

/** In the order in which they were drawn; the first is what the spec says. */
function trials({ judgedBy, tried, chosen }: NonNullable<ModelCardContext['training']['searched']>, names: readonly string[]): Content {
  const columns = [
    { title: 'trial', kind: 'number' },
    ...names.map((title) => ({ title, kind: 'number' }) as const),
    { title: judgedBy === 'log-loss' ? 'log loss' : 'mean squared error', kind: 'number' },
    { title: '', kind: 'words' },
  ] as const;
  const rows = tried.map(({ parameters, loss }, trial) => [
    count(trial),
    ...names.map((name) => (parameters[name] === undefined ? '' : asWritten(parameters[name]))),
    decimal(loss),
    trial === chosen ? 'chosen' : '',
  ]);
  return table('Trials of the search, on the validation rows', columns, rows);
}

function requests(requestedBy: ModelCardContext['training']['requestedBy']): Content {
  return list(requestedBy.length === 0 ? ['nobody has said'] : requestedBy.map(({ by, reason }) => `${reason} (${by})`));
}

function searchWords({ trials, ranges }: NonNullable<Spec['trainer']['search']>): string {
  const names = Object.entries(ranges).map(([name, { from, to }]) => `${name} ${asWritten(from)} to ${asWritten(to)}`);
  return `${count(trials)} random trials, seeded and judged on the validation rows: ${names.join('; ')}`;
}
