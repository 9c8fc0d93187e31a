const FIRST_MS = 200;
const LONGEST_MS = 10_000;

/** How long to wait before the next start: what fails once may have been unlucky, what fails often should not be hammered. */
export function backoffMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}
