/**
 * The page somebody reads before approving: verdict first, then why, then what to do. One file without scripts or outside
 * resources, so that it can be mailed and kept; the same evidence gives the same bytes; every figure is in the evidence.
 */
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { Digest } from '../domain/ids.ts';
import { type FigureRow, figureRows, rate } from './figures.ts';
import { Html, html } from './html.ts';
import { pageStyle } from './page-style.ts';
import { calibrationSpec, forestSpec, rocSpec, svgOf } from './plots.ts';
import { count, day, decimal, headline, interval, opponentName, percent, reasonsBeside, signed, verdictWords } from './words.ts';

export interface PageExtra {
  /** Of the evidence itself: what an approval names. */
  readonly evidenceDigest: Digest;
}

export async function evidencePage(evidence: Evidence, { evidenceDigest }: PageExtra): Promise<string> {
  const { challenger, verdict } = evidence;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${challenger}: ${verdictWords[verdict.kind]}</title>
<style>${new Html(pageStyle)}</style>
</head>
<body>
<header class="${verdict.kind}">
<h1>${headline(evidence)}</h1>
<p>${whatWasCompared(evidence)}</p>
</header>
${why(evidence)}
${await segments(evidence)}
${await curves(evidence)}
${waivers(evidence)}
${whatNext(evidence, evidenceDigest)}
${lineage(evidence, evidenceDigest)}
</body>
</html>
`;
  return page.text;
}

function whatWasCompared({ overall, comparisonRows, challenger, opponent }: Evidence): string {
  const { count: rows, from, until, excludedBecauseTrainedOn: excluded } = comparisonRows;
  const when = from && until ? ` from ${day(from)} to ${day(until)}` : '';
  const who =
    opponent.kind === 'champion'
      ? `Both were asked about the same ${count(rows)} cases${when}, which neither had seen in training`
      : `${challenger} was asked about ${count(rows)} cases${when} that it had not seen in training`;
  const leftOut = excluded > 0 ? ` (${count(excluded)} more were left out because the champion had trained on them)` : '';
  return `${who}${leftOut}; ${count(overall.positives)} of them (${percent(rate(overall))}) had the outcome that is predicted.`;
}

function why(evidence: Evidence): Html {
  const { verdict, challenger } = evidence;
  return html`<section>
<h2>Why</h2>
<ul>${verdict.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
<table>
<thead><tr><th>figure</th><th class="number">${challenger}</th><th class="number">${opponentName(evidence)}</th><th class="number">gain (95 % interval)</th><th class="number">may lose at most</th><th>verdict</th></tr></thead>
<tbody>${figureRows(evidence).map(figureRow)}</tbody>
</table>
</section>`;
}

function figureRow({ name, meaning, challenger, opponent, gain, margin, verdict }: FigureRow): Html {
  return html`<tr><td>${name}<small>${meaning}</small></td><td class="number">${decimal(challenger)}</td><td class="number">${decimal(opponent)}</td><td class="number">${gainCell(gain)}</td><td class="number">${decimal(margin)}</td><td class="verdict ${verdict}">${verdictWords[verdict]}</td></tr>
`;
}

function gainCell(gain: FigureRow['gain']): Html {
  return gain === null ? html`unknown` : html`${signed(gain.estimate)}<small>${interval(gain.interval)}</small>`;
}

async function segments(evidence: Evidence): Promise<Html> {
  if (evidence.segments.length === 0) return html``;
  const hasPicture = evidence.segments.some(({ aucGain }) => aucGain !== null);
  const picture = hasPicture
    ? html`<figure class="wide">${new Html(await svgOf(forestSpec(evidence), 'AUC gain overall and in each segment, with 95 % intervals'))}</figure>`
    : null;
  return html`<section>
<h2>For whom it is better or worse</h2>
<p>A model can gain overall and still fail a group. A segment with fewer than ${count(evidence.gates.minimumSegmentClass)} cases of either outcome says too little and stays in doubt.</p>
${picture}
<table>
<thead><tr><th>segment</th><th class="number">cases<small>with the outcome</small></th><th class="number">AUC<small>${opponentName(evidence)}</small></th><th class="number">AUC gain<small>95 % interval</small></th><th class="wide">verdict</th></tr></thead>
<tbody>${evidence.segments.map(segmentRow)}</tbody>
</table>
</section>`;
}

function segmentRow(segment: Comparison): Html {
  const { name, critical, rows, positives, challenger, opponent, aucGain, verdict } = segment;
  // A pass needs no words; doubt and harm do.
  const reasons = verdict.kind === 'pass' || verdict.reasons.length === 0 ? null : html`<small>${reasonsBeside(segment)}</small>`;
  return html`<tr><td>${name}${critical ? html`<small>must not fail</small>` : null}</td><td class="number">${count(rows)}<small>${count(positives)} (${percent(rate(segment))})</small></td><td class="number">${decimal(challenger?.auc ?? null)}<small>${decimal(opponent?.auc ?? null)}</small></td><td class="number">${gainCell(aucGain)}</td><td class="wide"><span class="verdict ${verdict.kind}">${verdictWords[verdict.kind]}</span>${reasons}</td></tr>
`;
}

async function curves(evidence: Evidence): Promise<Html> {
  const roc = new Html(await svgOf(rocSpec(evidence), 'ROC curve'));
  const calibration = new Html(await svgOf(calibrationSpec(evidence), 'Calibration curve'));
  return html`<section>
<h2>How well it ranks, and whether its chances are true</h2>
<div class="plots">
<figure>${roc}<figcaption>The further the curve bends to the upper left, the better the ranking; the dashed line is a coin.</figcaption></figure>
<figure>${calibration}<figcaption>${evidence.challenger}: on the dashed line a predicted chance is exactly what happens. Larger points stand for more cases.</figcaption></figure>
</div>
</section>`;
}

function waivers({ waivers: given }: Evidence): Html {
  if (given.length === 0) return html``;
  return html`<section>
<h2>Doubts that a person overruled</h2>
<table><thead><tr><th>gate</th><th>who</th><th>why</th></tr></thead>
<tbody>${given.map(({ gate, by, reason }) => html`<tr><td>${gate}</td><td>${by}</td><td>${reason}</td></tr>`)}</tbody></table>
</section>`;
}

function whatNext({ model, challenger, verdict, opponent }: Evidence, digest: Digest): Html {
  const named = digest.slice(0, 12);
  const then =
    opponent.kind === 'champion'
      ? 'It then rehearses in the shadow and goes on stage step by step, judged on live outcomes at each'
      : 'There is no champion yet, so it answers everybody at once';
  const advice = {
    pass: `If you stand for this evidence, approve it. ${then}.`,
    fail: 'It is turned down by this evidence and never asks for approval. Look at the reasons above, then train another.',
    inconclusive: `Somebody has to decide on the doubt: a waiver says who, why, and for which gate. After that it asks for approval. ${then}.`,
  }[verdict.kind];
  const commands =
    verdict.kind === 'fail'
      ? `understudy retrain ${model} --reason "…"`
      : [
          ...(verdict.kind === 'inconclusive' ? [`understudy waive ${model} --gate evaluation --reason "…"`] : []),
          `understudy approve ${model} --evidence ${named} --reason "…"`,
          `understudy reject ${model} --reason "…"`,
        ].join('\n');
  return html`<section>
<h2>What to do next</h2>
<p>${advice} An approval of ${challenger} names the evidence that was read: <code>${named}</code>.</p>
<pre>${commands}</pre>
</section>`;
}

function lineage(evidence: Evidence, digest: Digest): Html {
  const rows: readonly (readonly [string, string | null])[] = [
    ['evidence (this page)', digest],
    ['model file', evidence.artifactDigest],
    ['manifest', evidence.manifestDigest],
    ['snapshot of the data', evidence.snapshotDigest],
    ['split', evidence.splitDigest],
    ['decision contract', evidence.decisionContract],
    ['spec revision', String(evidence.specRevision)],
  ];
  return html`<section>
<h2>Where it comes from</h2>
<table><tbody>${rows.filter(([, value]) => value !== null).map(([name, value]) => html`<tr><th>${name}</th><td><code>${value}</code></td></tr>`)}</tbody></table>
</section>
<footer>Made from the stored evidence alone (${evidence.format}). The digest above is that of the evidence; whoever holds the file can check it.</footer>`;
}
