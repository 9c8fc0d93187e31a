/** How long work in this process is going, on stderr: a bar for whoever looks at a terminal, a line for each stage in a log. */
import { SingleBar } from 'cli-progress';
import type { CliContext } from './context.ts';
import { tell } from './output.ts';

export interface WorkProgress {
  /** `total` is 0 when nobody knows how much there is to do. */
  readonly show: (stage: string, done?: number, total?: number) => void;
  readonly end: () => void;
}

export function workProgress(context: CliContext): WorkProgress {
  const stream = context.stderr as Partial<NodeJS.WriteStream>;
  return stream.isTTY === true ? bar(stream as NodeJS.WriteStream) : lines(context);
}

function bar(stream: NodeJS.WriteStream): WorkProgress {
  const progress = new SingleBar({ stream, format: '{bar} {stage}', hideCursor: true, clearOnComplete: true, fps: 4 });
  progress.start(1_000, 0, { stage: 'starting' });
  return {
    show: (stage, done = 0, total = 0) => progress.update(total > 0 ? Math.round((1_000 * done) / total) : 0, { stage }),
    end: () => progress.stop(),
  };
}

function lines(context: CliContext): WorkProgress {
  let last = '';
  return {
    show(stage) {
      if (stage === last) return;
      last = stage;
      tell(context, `${stage} ...`);
    },
    end: () => undefined,
  };
}
