import type { DataContractFinding, DataContractReport } from '../domain/data-contract-report.ts';
import type { DataContractSpec } from '../domain/data-contract-spec.ts';
import { fail, inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import { count } from './wording.ts';

/**
 * Fails closed: a batch that broke a rule which stops, or that could not be checked, never reaches training. What only a person can
 * judge is no part of it: see data-shift.ts.
 */
export function judgeDataContract(report: DataContractReport, limits: DataContractSpec): Verdict {
  const stopped = report.findings.filter((finding) => finding.severity === 'stop' && (finding.bad > 0 || finding.checked > 0));
  const tooFew = `expected at least ${count(limits.minimumRows)} rows, found ${count(report.rows)}`;
  const lacksRows = report.rows < limits.minimumRows && !stopped.some(({ rule }) => rule === 'rows');
  if (stopped.length > 0 || lacksRows) return fail(...(lacksRows ? [tooFew] : []), ...stopped.map(sentence));

  const unchecked = report.findings.filter((finding) => finding.severity === 'stop' && !stopped.includes(finding));
  if (!Number.isFinite(report.rows) || report.rows === 0)
    return inconclusive('the snapshot has no rows, so no rule of the data contract was checked');
  if (unchecked.length > 0)
    return inconclusive(...unchecked.map((finding) => `${finding.rule} of ${subject(finding)} could not be checked: it looked at no row`));
  return pass(
    `${count(report.rows)} rows keep the data contract`,
    ...report.findings.filter(({ severity }) => severity !== 'ask').map(sentence),
  );
}

function sentence(finding: DataContractFinding): string {
  return (
    finding.sentence ||
    `${finding.rule} of ${subject(finding)}: ${count(finding.bad)} of ${count(finding.checked)} rows against ${finding.limit}`
  );
}

function subject({ column }: DataContractFinding): string {
  return column === null ? 'the batch' : `"${column}"`;
}
