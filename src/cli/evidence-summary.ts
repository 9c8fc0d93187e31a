/** Evidence on a terminal: the page's headline, reasons and figures. Pure. */
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { Digest } from '../domain/ids.ts';
import { whatIsDone } from '../reports/decision-words.ts';
import { metricWords } from '../reports/metric-words.ts';
import { count, decimal, headline, interval, opponentName, reasonsBeside, signed, verdictWords } from '../reports/words.ts';
import { type Colours, inColourOf, short, table } from './output.ts';

/** The page has them all. */
const MOST_SEGMENTS = 8;

export function evidenceSummary(evidence: Evidence, digest: Digest, colours: Colours): string {
  const { overall, segments, verdict, waivers, model, challenger } = evidence;
  const { bold, dim } = colours;
  const header = ['', challenger, opponentName(evidence), 'GAIN', '95 % INTERVAL', 'MARGIN', ''].map(bold);
  const rows = overall.figures.map(({ metric, challenger: mine, opponent, gain, margin, verdict: judged }) => [
    metricWords[metric].name,
    decimal(mine.estimate),
    opponent === null ? '-' : decimal(opponent.estimate),
    gain ? signed(gain.estimate) : 'unknown',
    gain ? interval(gain.interval) : 'unknown',
    margin === null ? '-' : decimal(margin),
    judged === null ? dim('reported') : inColourOf(colours, judged.kind)(verdictWords[judged.kind]),
  ]);
  const doubtful = segments.filter((segment) => segment.verdict.kind !== 'pass').toSorted((a, b) => urgency(a) - urgency(b));
  return [
    `${inColourOf(colours, verdict.kind)(verdict.kind)}: ${headline(evidence)}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    '',
    table([header, ...rows]),
    '',
    ...(evidence.decision === null ? [] : [whatIsDone(evidence)]),
    `${count(overall.rows)} cases${overall.positives === null ? '' : `, ${count(overall.positives)} with the outcome`}; ${segments.length} segments, ${doubtful.length} of them not passed`,
    ...doubtful
      .slice(0, MOST_SEGMENTS)
      .map(
        (segment) => `  ${segment.name}: ${segment.verdict.kind}${segment.verdict.reasons.length > 0 ? `, ${reasonsBeside(segment)}` : ''}`,
      ),
    ...(doubtful.length > MOST_SEGMENTS ? [`  and ${doubtful.length - MOST_SEGMENTS} more: see the page`] : []),
    ...waivers.map(({ gate, by, reason }) => `waived ${gate}: ${by}, ${reason}`),
    `evidence ${digest}`,
    dim(
      `the whole page: understudy report ${challenger} --open; to approve: understudy approve ${model} --evidence ${short(digest)} --reason TEXT`,
    ),
  ].join('\n');
}

/** What fails first, and of those what decides. */
function urgency({ verdict, critical }: Comparison): number {
  return (verdict.kind === 'fail' ? 0 : 2) + (critical ? 0 : 1);
}
