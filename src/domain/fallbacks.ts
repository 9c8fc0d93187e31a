/**
 * Why the champion answered an entity of the challenger's arm. The arm stays the challenger's (intention to treat), and what was
 * the challenger's own fault counts as one of its errors.
 */
export const challengerFaults = [
  'challenger-error',
  'challenger-timeout',
  'challenger-not-a-number',
  'challenger-not-loaded',
  'challenger-lacks-input',
] as const;
export type ChallengerFault = (typeof challengerFaults)[number];

/**
 * `lease-expired`: the gateway had not heard from Postgres for too long to trust its route. `hold-back-failed`: the old champion
 * could not answer its slice. Neither is an error of the challenger.
 */
const fallbackReasons = [...challengerFaults, 'lease-expired', 'hold-back-failed'] as const;
export type FallbackReason = (typeof fallbackReasons)[number];
