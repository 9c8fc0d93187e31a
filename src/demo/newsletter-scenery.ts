/** The made-up newsletter: nothing is needed but the demo itself. */
import path from 'node:path';
import type { Era, Place, Scenery } from './scenery.ts';

const SEEDS: Readonly<Record<Era, { readonly file: string; readonly traffic: string }>> = {
  before: { file: '1', traffic: '11' },
  after: { file: '2', traffic: '12' },
};

export const newsletterScenery: Scenery = {
  model: 'newsletter',
  spec: 'examples/newsletter/newsletter.yaml',
  settings: [],
  tempting: { spec: 'examples/newsletter/newsletter-tempting.yaml', settings: [] },
  dataFile: 'newsletter.csv',
  prepare: async ({ programs, dataDir }: Place, era) => {
    const out = path.join(dataDir, 'newsletter.csv');
    await programs.understudy('generate', 'newsletter', '--rows', '40000', '--phase', era, '--seed', SEEDS[era].file, '--out', out);
  },
  simulate: (_, era) => ['--generator', 'newsletter', '--phase', era, '--seed', SEEDS[era].traffic],
  words: {
    people: 'readers',
    opening: [],
    traffic: 'what its readers do comes back seconds later.',
    shift: 'A new channel brings younger readers on their phones. By the next night the data file holds their first weeks.',
    confirmed: 'the new channel is real',
    temptation: 'support_minutes predicts wonderfully who has bought, because the service team talks to people about their orders.',
    temptedBy: 'support_minutes looks great',
    live: 'Live the column is empty.',
    closing: [],
  },
};
