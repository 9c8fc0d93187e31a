/** How well the scores order cases, and whether they come true. */
import type { Evidence } from '../domain/evidence.ts';
import type { DrawnPlots } from './drawn-plots.ts';
import { type Content, html } from './html.ts';
import { figure, type Section, table } from './page.ts';
import { count, decimal, percent } from './words.ts';

export function predictionsSection(evidence: Evidence, plots: DrawnPlots): Section | null {
  const pictures = picturesOf(evidence, plots);
  if (pictures.length === 0 && evidence.curves.deciles.length === 0) return null;
  return {
    id: 'predictions',
    title: {
      'binary-classification': 'How well it ranks, and whether its chances come true',
      regression: 'How close it comes',
      uplift: 'Whether it finds those whom the treatment moves',
    }[evidence.task],
    body: html`<div class="plots">${pictures}</div>
${deciles(evidence)}
${segmentCalibrations(plots)}`,
  };
}

function picturesOf({ challenger, task }: Evidence, plots: DrawnPlots): readonly Content[] {
  const calibrated = {
    'binary-classification': {
      title: 'Do its chances come true?',
      caption: 'On the dotted line a predicted chance is exactly what happens; the bars are 95 % intervals.',
    },
    regression: {
      title: 'Predicted and true values',
      caption: 'On the dotted line the prediction is right on average; the bars are 95 % intervals.',
    },
    uplift: {
      title: 'Predicted and measured effect',
      caption: 'On the dotted line the treatment does what was predicted; the bars are 95 % intervals.',
    },
  }[task];
  const gained = {
    'binary-classification': {
      title: 'Whom one reaches (gain)',
      caption: 'The higher the curve rises at the left, the fewer one must act upon to reach those with the outcome. Dotted: at random.',
    },
    regression: {
      title: 'How much of the value one reaches (gain)',
      caption: 'The best-ranked first; the higher the curve rises at the left, the better. Dotted: at random.',
    },
    uplift: {
      title: 'What the treatment wins (Qini)',
      caption: 'Additional outcomes when the best-ranked are treated first. Dotted: treated at random.',
    },
  }[task];
  const drawn = (svg: string | null, words: { title: string; caption: string }) => (svg === null ? null : figure({ svg, ...words }));
  return [
    drawn(plots.roc, {
      title: 'How well it ranks (ROC)',
      caption: 'The further the curve bends to the upper left, the better. Dotted: a coin.',
    }),
    drawn(plots.calibration, calibrated),
    drawn(plots.gain, gained),
    drawn(plots.deciles, {
      title: 'From the highest scores to the lowest',
      caption: 'What happened in each tenth of the cases; the line across a bar is what was predicted.',
    }),
    drawn(plots.scores, {
      title: 'How the scores are spread',
      caption: `Filled: ${challenger}. A shape that differs much shifts who is acted upon.`,
    }),
  ].filter((picture) => picture !== null);
}

function deciles({ curves, task }: Evidence): Content {
  if (curves.deciles.length === 0) return null;
  const value = task === 'regression' ? decimal : percent;
  const hasPositives = curves.deciles.some(({ positives }) => positives !== null);
  const words = {
    'binary-classification': ['mean predicted chance', 'had the outcome', 'lift'],
    regression: ['mean prediction', 'mean true value', 'against the mean'],
    uplift: ['mean predicted effect', 'measured effect', 'against the mean'],
  }[task];
  const columns = [
    { title: 'tenth', kind: 'number' },
    { title: 'cases', kind: 'number' },
    ...(hasPositives ? [{ title: 'with the outcome', kind: 'number' } as const] : []),
    ...words.map((title) => ({ title, kind: 'number' }) as const),
  ] as const;
  const rows = curves.deciles.map(({ decile, rows: cases, positives, meanScore, rate, lift }) => [
    count(decile),
    count(cases),
    ...(hasPositives ? [positives === null ? '–' : count(positives)] : []),
    value(meanScore),
    value(rate),
    `${decimal(lift)} ×`,
  ]);
  return html`<h3>The same by tenths, highest scores first</h3>
${table('Tenths of the cases by score', columns, rows)}`;
}

function segmentCalibrations({ segments }: DrawnPlots): Content {
  if (segments.length === 0) return null;
  return html`<h3>Do its chances come true in every segment?</h3>
<div class="small plots">${segments.map(({ segment, svg }) => figure({ title: segment, svg, caption: null }))}</div>`;
}
