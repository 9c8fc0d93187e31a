/** When no rollout is open: traffic and pointer go back to a healthy earlier version, which is proven to serve first. */
import type { RollBackChampionInput, RollBackChampionResult } from './messages.ts';
import { atLength, quickly, untilObeyed } from './policies.ts';

export async function rollBackChampion(input: RollBackChampionInput): Promise<RollBackChampionResult> {
  const { from, to } = await quickly('Roll back: where to?').findReturn({ model: input.model, to: input.to });
  await atLength(`Roll back: does ${to} serve?`).checkServes({ version: to });
  const moved = await quickly(`Roll back: ${from} → ${to}`).returnToChampion({ ...input, from, to });
  const { acknowledged, missing } = await untilObeyed('Gateways: wait for the new route').awaitGateways({
    model: input.model,
    subject: input.rollbackId,
    revision: moved.revision,
    epoch: moved.epoch,
  });
  const gateways = missing.length === 0 ? `all ${acknowledged.length} gateways obey` : `not yet heard from ${missing.join(', ')}`;
  return { from, to, acknowledged, missing, said: `${input.model} is back at ${to} (from ${from}); ${gateways}` };
}
