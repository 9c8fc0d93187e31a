/** How a simulation is going, on stderr: a bar for whoever looks at a terminal, a line every few seconds for a log. */
import { SingleBar } from 'cli-progress';
import type { PlayedTraffic } from '../simulation/played-traffic.ts';
import type { CliContext } from './context.ts';
import { tell } from './output.ts';

export interface Progress {
  readonly show: (soFar: PlayedTraffic) => void;
  readonly end: () => void;
}

export interface Limit {
  readonly durationMs?: number;
  readonly instances?: number;
}

const LINE_EVERY_SECONDS = 5;

export function simulationProgress(context: CliContext, limit: Limit): Progress {
  const terminal = terminalOf(context);
  return terminal ? bar(terminal, limit) : lines(context, limit);
}

function bar(stream: NodeJS.WriteStream, limit: Limit): Progress {
  const progress = new SingleBar({ stream, format: '{bar} {percentage} %  {sentence}', hideCursor: true, clearOnComplete: true, fps: 4 });
  progress.start(1_000, 0, { sentence: 'asking' });
  return {
    show: (soFar) => progress.update(Math.round(1_000 * shareDone(soFar, limit)), { sentence: sentenceOf(soFar) }),
    end: () => progress.stop(),
  };
}

function lines(context: CliContext, limit: Limit): Progress {
  let toldAt = 0;
  return {
    show(soFar) {
      if (soFar.seconds - toldAt < LINE_EVERY_SECONDS) return;
      toldAt = soFar.seconds;
      tell(context, `${Math.round(100 * shareDone(soFar, limit))} %: ${sentenceOf(soFar)}`);
    },
    end: () => undefined,
  };
}

function shareDone({ seconds, sent }: PlayedTraffic, { durationMs, instances }: Limit): number {
  return Math.min(1, Math.max(durationMs ? (seconds * 1_000) / durationMs : 0, instances ? sent / instances : 0));
}

function sentenceOf({ answered, refused, unanswered, outcomes }: PlayedTraffic): string {
  const trouble = [refused > 0 ? `, ${refused} refused` : '', unanswered > 0 ? `, ${unanswered} unanswered` : ''].join('');
  return `${answered} answered${trouble}, ${outcomes.posted} outcomes posted, ${outcomes.pending} to come`;
}

function terminalOf({ stderr }: CliContext): NodeJS.WriteStream | null {
  const stream = stderr as Partial<NodeJS.WriteStream>;
  return stream.isTTY === true ? (stream as NodeJS.WriteStream) : null;
}
