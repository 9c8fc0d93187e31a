/** Where a training ran: what may explain another digest although code and data are the same. It has no place in the manifest. */
import os from 'node:os';

export interface Surroundings {
  readonly platform: string;
  readonly processor: string;
  readonly runtime: string;
}

export function surroundings(): Surroundings {
  const processor = os.cpus()[0]?.model.trim() ?? 'unknown';
  return { platform: `${process.platform} ${process.arch}`, processor, runtime: `Node ${process.versions.node}` };
}
