/** All pictures of a page, drawn before the text is put together. Null: there is nothing to draw. */
import type { Evidence } from '../domain/evidence.ts';
import { forestPlot, gainPlot, rocPlot } from './comparison-plots.ts';
import { driftPlot, importancePlot } from './feature-plots.ts';
import type { Draw, Plot } from './plots.ts';
import { calibrationPlot, decilePlot, scorePlot, segmentCalibrationPlot } from './score-plots.ts';

/** A page with a small picture for each of many segments would be read by nobody. */
const MOST_SEGMENTS = 12;

export interface DrawnPlots {
  readonly forest: string | null;
  readonly roc: string | null;
  readonly gain: string | null;
  readonly calibration: string | null;
  readonly deciles: string | null;
  readonly scores: string | null;
  readonly importances: string | null;
  readonly drift: string | null;
  readonly segments: readonly { readonly segment: string; readonly svg: string }[];
}

export async function drawPlots(evidence: Evidence, draw: Draw): Promise<DrawnPlots> {
  const drawn = async (plot: Plot | null) => (plot === null ? null : draw(plot));
  const [forest, roc, gain, calibration, deciles, scores, importances, drift] = await Promise.all(
    [
      forestPlot(evidence),
      rocPlot(evidence),
      gainPlot(evidence),
      calibrationPlot(evidence),
      decilePlot(evidence),
      scorePlot(evidence),
      importancePlot(evidence),
      driftPlot(evidence),
    ].map(drawn),
  );
  return {
    forest: forest ?? null,
    roc: roc ?? null,
    gain: gain ?? null,
    calibration: calibration ?? null,
    deciles: deciles ?? null,
    scores: scores ?? null,
    importances: importances ?? null,
    drift: drift ?? null,
    segments: await drawSegments(evidence, draw),
  };
}

async function drawSegments(evidence: Evidence, draw: Draw): Promise<DrawnPlots['segments']> {
  const ofSegments = evidence.curves.calibration.flatMap((calibration) =>
    calibration.segment !== null && calibration.version === 'challenger' && calibration.bins.length > 1
      ? [{ segment: calibration.segment, calibration }]
      : [],
  );
  return Promise.all(
    ofSegments.slice(0, MOST_SEGMENTS).map(async ({ segment, calibration }) => ({
      segment,
      svg: await draw(segmentCalibrationPlot(evidence, calibration)),
    })),
  );
}
