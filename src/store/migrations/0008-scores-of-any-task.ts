import type { Knex } from 'knex';

/** Values and differences are scores as well. Which range a version's scores have, its manifest says, and the gateway holds it to that. */
export const scoresOfAnyTask = {
  name: '0008-scores-of-any-task',
  async up(db: Knex): Promise<void> {
    await db.raw(/* sql */ `
      alter table predictions
        drop constraint scores_are_probabilities,
        add constraint scores_are_finite_numbers check (score > '-infinity' and score < 'infinity')`);
  },
};
