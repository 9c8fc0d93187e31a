/** What a replay found, on a terminal. Pure. */
import type { Comparison } from '../domain/evidence.ts';
import type { VersionId } from '../domain/ids.ts';
import type { LabelSpec } from '../domain/spec.ts';
import type { Replayed } from '../evaluating/replay.ts';
import { metricWords } from '../reports/metric-words.ts';
import { count, decimal, interval, reasonsBeside, signed, verdictWords } from '../reports/words.ts';
import { type Colours, inColourOf, table } from './output.ts';

export interface ReplaySubject {
  readonly version: VersionId;
  readonly champion: VersionId;
  readonly from: string;
  readonly until: string;
  readonly unknown: number;
  readonly beyond: number;
}

export function replayPage(
  subject: ReplaySubject,
  replayed: Replayed,
  { notes, colours }: { notes: readonly string[]; colours: Colours },
): string {
  const { version, champion, from, until } = subject;
  const { overall, segments, verdict, rows, entities } = replayed;
  const { bold, dim } = colours;
  const doubtful = segments.filter((segment) => segment.verdict.kind !== 'pass');
  return [
    `${inColourOf(colours, verdict.kind)(verdict.kind)}: what ${champion} was asked from ${from} to ${until}, asked of ${version}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    '',
    table([['', version, champion, 'GAIN', '95 % INTERVAL', 'MARGIN', ''].map(bold), ...figureLines(overall, colours)]),
    '',
    `${count(rows)} requests of ${count(entities)} entities with a matured outcome; ${segments.length} segments, ${doubtful.length} of them not passed`,
    ...doubtful.map((segment) => `  ${segment.name}: ${segment.verdict.kind}, ${reasonsBeside(segment)}`),
    ...notes.map((note) => dim(note)),
  ].join('\n');
}

function figureLines({ figures }: Comparison, colours: Colours): string[][] {
  return figures.map(({ metric, challenger, opponent, gain, margin, verdict }) => [
    metricWords[metric].name,
    decimal(challenger.estimate),
    opponent === null ? '-' : decimal(opponent.estimate),
    gain ? signed(gain.estimate) : 'unknown',
    gain ? interval(gain.interval) : 'unknown',
    margin === null ? '-' : decimal(margin),
    verdict === null ? colours.dim('reported') : inColourOf(colours, verdict.kind)(verdictWords[verdict.kind]),
  ]);
}

/** What a reader must know before believing the figures. */
export function replayNotes(
  {
    champion,
    version,
    from,
    unknown,
    beyond,
    registeredAt,
    dependsOnAction,
  }: ReplaySubject & { registeredAt: string; dependsOnAction: LabelSpec['dependsOnAction'] },
  { unreadable, firstProblem }: Pick<Replayed, 'unreadable' | 'firstProblem'>,
): string[] {
  return [
    ...(unknown > 0 ? [`${count(unknown)} more requests have no matured outcome yet`] : []),
    ...(beyond > 0 ? [`${count(beyond)} older requests were left out`] : []),
    ...(unreadable > 0 ? [`${count(unreadable)} requests were left out, because ${version} cannot read them: ${firstProblem}`] : []),
    ...(from < registeredAt
      ? [`${version} was registered at ${registeredAt}: it may have learned from outcomes of requests before that`]
      : []),
    ...(dependsOnAction === 'possible'
      ? [
          `outcomes may depend on what was done with the score of ${champion}, which then speaks for neither version fairly (label.dependsOnAction)`,
        ]
      : []),
  ];
}
