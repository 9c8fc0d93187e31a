/** The page people look at during an incident, and its one-line form. Pure: a status in, text out. */
import type { ModelStatus } from '../store/status.ts';
import { type Colours, inColourOf, percent, seconds, short, table } from './output.ts';

type Line = readonly [string, string];

export function statusPage(status: ModelStatus, colours: Colours): string {
  const { bold, dim } = colours;
  const lines: Line[] = [
    ['champion', championOf(status)],
    ...challengerLines(status),
    ...retrainingLines(status),
    ...lastLines(status),
    ...verdictLines(status, colours),
    ...watchLines(status),
    ...withdrawnLines(status, colours),
    ['next', `${status.next.what}${status.next.when ? ` (by ${seconds(status.next.when)})` : ''}`],
    ['gateways', gatewaysOf(status, colours)],
  ];
  return [
    `${bold(status.model)}  ${dim(`spec revision ${status.specRevision}`)}`,
    table(lines.map(([name, text]) => [`  ${dim(name)}`, text])),
  ].join('\n');
}

export function statusTable(statuses: readonly ModelStatus[], { bold }: Colours): string {
  const header = ['MODEL', 'CHAMPION', 'CHALLENGER', 'PHASE', 'SHARE', 'VERDICT', 'NEXT'].map(bold);
  const rows = statuses.map((status) => [
    status.model,
    status.champion?.version ?? '-',
    status.challenger?.version ?? status.retraining?.version ?? '-',
    status.challenger?.phase ?? status.retraining?.phase ?? '-',
    status.challenger ? percent(status.challenger.share) : '-',
    status.verdict?.kind ?? '-',
    status.next.what,
  ]);
  return table([header, ...rows]);
}

function championOf({ champion, holdBack }: ModelStatus): string {
  if (champion === null) return 'none yet';
  const kept = holdBack ? `; ${holdBack.version} holds back ${percent(holdBack.share)}` : '';
  return `${champion.version} since ${seconds(champion.since)}${kept}`;
}

function challengerLines({ challenger, waiting }: ModelStatus): Line[] {
  const lines: Line[] = [];
  if (challenger) {
    const { version, phase, step, steps, share, since } = challenger;
    const where = step === null ? '' : `, step ${step} of ${steps}`;
    lines.push(
      ['challenger', `${version}: ${phase}${where}, ${percent(share)} of the traffic, since ${seconds(since)}`],
      ['evidence', short(challenger.evidence)],
    );
  }
  if (waiting) lines.push(['waiting', `${waiting} begins when this rollout is closed`]);
  return lines;
}

function retrainingLines({ retraining }: ModelStatus): Line[] {
  if (!retraining) return [];
  const lines: Line[] = [['training', `${retraining.version}: ${retraining.phase} since ${seconds(retraining.since)}`]];
  if (retraining.waitingFor) lines.push(['in doubt', `${retraining.waitingFor.gate}: ${retraining.waitingFor.reasons.join('; ')}`]);
  return lines;
}

function watchLines({ watch }: ModelStatus): Line[] {
  if (!watch) return [];
  const unmatched = watch.unmatchedOutcomes > 0 ? `; ${watch.unmatchedOutcomes} outcomes name a prediction that nobody has logged` : '';
  return [
    ['watch', `${watch.verdict} at ${seconds(watch.at)}: ${watch.findings[0] ?? watch.reasons[0] ?? 'nothing has moved'}${unmatched}`],
  ];
}

/** What it was trained on should not have been: somebody has to retrain or to go back. */
function withdrawnLines({ withdrawn }: ModelStatus, { red }: Colours): Line[] {
  return withdrawn.map(({ version, by, reason }) => ['withdrawn', red(`the snapshot of ${version}, by ${by}: ${reason}`)]);
}

/** How the last ones ended, while nothing newer of the kind is open. */
function lastLines({ challenger, retraining, lastRollout, lastRetraining }: ModelStatus): Line[] {
  const lines: Line[] = [];
  if (!challenger && lastRollout) {
    lines.push([
      'last rollout',
      `${lastRollout.version} was ${lastRollout.phase} at ${seconds(lastRollout.closedAt)}${lastRollout.reason ? `: ${lastRollout.reason}` : ''}`,
    ]);
  }
  if (!challenger && !retraining && lastRetraining && lastRetraining.outcome !== 'registered') {
    lines.push([
      'last training',
      `${lastRetraining.version} was ${lastRetraining.outcome} at ${seconds(lastRetraining.closedAt)}: ${lastRetraining.detail}`,
    ]);
  }
  return lines;
}

function verdictLines({ verdict }: ModelStatus, colours: Colours): Line[] {
  if (!verdict) return [];
  const [first, ...others] = verdict.reasons;
  const kind = inColourOf(colours, verdict.kind)(verdict.kind);
  return [['verdict', first === undefined ? kind : `${kind}: ${first}`], ...others.map((reason): Line => ['', reason])];
}

function gatewaysOf({ gateways }: ModelStatus, { red }: Colours): string {
  if (gateways.length === 0) return 'none is running';
  const behind = gateways.filter(({ obeysNewestRoute }) => !obeysNewestRoute).map(({ id }) => id);
  const running = `${gateways.length} running`;
  return behind.length === 0
    ? `${running}, all obey the newest route`
    : `${running}; ${red(`not yet on the newest route: ${behind.join(', ')}`)}`;
}
