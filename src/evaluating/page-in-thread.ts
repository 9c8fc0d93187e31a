/** The page of an evidence, made in a thread: its twenty pictures take a second or two, in which a worker must keep answering. */
import type { Evidence } from '../domain/evidence.ts';
import type { Digest } from '../domain/ids.ts';
import { startThread } from '../training/run-typescript.ts';

export interface PageInput {
  readonly evidence: Evidence;
  readonly evidenceDigest: Digest;
}

export async function pageInThread(input: PageInput): Promise<string> {
  const thread = startThread(new URL('./page-thread.ts', import.meta.url), input);
  try {
    return await new Promise<string>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', (code) => reject(new Error(`the thread that draws the page ended without one (exit code ${code})`)));
    });
  } finally {
    await thread.terminate();
  }
}
