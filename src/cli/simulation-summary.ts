/** What a simulation says when it is over. */
import type { PlayedTraffic } from '../simulation/played-traffic.ts';
import { table } from './output.ts';

export function simulationSummary(model: string, played: PlayedTraffic): string {
  const { seconds, sent, answered, refused, unanswered, outcomes, fallbacks, retries, heldBack, latencyMs } = played;
  const rate = Math.round(answered / Math.max(seconds, 0.001));
  const rows: [string, string][] = [
    ['asked', `${sent} instances in ${seconds.toFixed(1)} s`],
    [
      'answered',
      `${answered}, ${rate} a second${latencyMs ? `; a request took ${latencyMs.p50} ms (p50), ${latencyMs.p95} ms (p95)` : ''}`,
    ],
    ['by version', listed(played.byVersion)],
    ['by arm', listed(played.byArm)],
    ['outcomes', `${outcomes.posted} posted${outcomes.lost > 0 ? `, ${outcomes.lost} lost: ${played.firstLoss}` : ''}`],
  ];
  if (fallbacks > 0) rows.push(['fallbacks', `${fallbacks} answered by the champion instead`]);
  if (refused > 0) rows.push(['refused', `${refused}: ${played.firstRefusal}`]);
  if (unanswered > 0) rows.push(['unanswered', `${unanswered}: ${played.firstLoss}`]);
  if (retries > 0) rows.push(['asked again', `${retries} times`]);
  if (heldBack > 0) rows.push(['held back', `${heldBack} requests, because the gateway was slower than the rate`]);
  return `${model}\n${table(rows.map(([name, value]) => [`  ${name}`, value]))}`;
}

function listed(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? 'none' : entries.map(([name, times]) => `${name} ${times}`).join(', ');
}
