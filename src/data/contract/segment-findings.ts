/** What is worth knowing of the segments before anything is judged by them: none of it stops. */
import type { DataContractFinding, SegmentCheck } from '../../domain/data-contract-report.ts';
import type { GateSpec } from '../../domain/spec.ts';
import { counted, percent } from '../words.ts';

/** Two segments that say the same are one question asked twice. */
const NEARLY_THE_SAME = 0.95;
/** Rows in no segment at all are judged by none. */
const MANY_MISSING = 0.2;

export function segmentFindings(
  segments: readonly SegmentCheck[],
  rows: number,
  { minimumSegmentClass }: Pick<GateSpec, 'minimumSegmentClass'>,
): DataContractFinding[] {
  return segments.flatMap((segment) => [
    ...unserved(segment, rows),
    ...tooSmall(segment, rows, minimumSegmentClass),
    ...(segment.missing > MANY_MISSING
      ? [finding(segment, rows, `has no value in ${percent(segment.missing)} of the rows, which are judged by no segment`)]
      : []),
    ...overlapping(segment, rows),
  ]);
}

function unserved(segment: SegmentCheck, rows: number): DataContractFinding[] {
  if (segment.servedAs !== 'unknown') return [];
  return [finding(segment, rows, 'is neither a feature nor an input, so no request brings it: name it under inputs to have it at serving')];
}

/** A class needs so many rows, and a segment two classes. */
function tooSmall(segment: SegmentCheck, rows: number, minimumClass: number): DataContractFinding[] {
  const { smallest } = segment;
  if (smallest === null || smallest.rows >= 2 * minimumClass) return [];
  return [
    finding(
      segment,
      rows,
      `has values of few rows, such as ${JSON.stringify(smallest.value)} (${counted(smallest.rows)}), that cannot be judged by themselves`,
    ),
  ];
}

function overlapping(segment: SegmentCheck, rows: number): DataContractFinding[] {
  return (segment.overlaps ?? [])
    .filter(({ cramersV }) => cramersV >= NEARLY_THE_SAME)
    .map(({ with: other, cramersV }) =>
      finding(segment, rows, `says nearly the same as the segment "${other}" (Cramér's V ${cramersV.toFixed(2)})`),
    );
}

function finding({ name }: SegmentCheck, rows: number, what: string): DataContractFinding {
  const sentence = `the segment "${name}" ${what}`;
  return {
    rule: 'segment',
    column: name,
    checked: rows,
    bad: 0,
    limit: 'segments that can be judged',
    severity: 'report',
    samples: [],
    sentence,
  };
}
