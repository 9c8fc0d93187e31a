/** Who asks. `by` is a claim from the message; what it may do is checked against the spec at the time of the decision. */
export interface Actor {
  readonly id: string;
  readonly roles: readonly string[];
  /** How the message came: cli, client, signal, update, schedule, watch. */
  readonly via: string;
}

export const personOf = (id: string, via: string): Actor => ({ id, roles: [], via });
/** Understudy itself, acting on its plan. */
export const understudy: Actor = { id: 'understudy', roles: ['system'], via: 'plan' };
