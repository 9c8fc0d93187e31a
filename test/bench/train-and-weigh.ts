/** One training in a process of its own, and the most memory that it ever had. */
import type { TrainerInput } from '../../src/training/trainer.ts';
import { trainerNamed } from '../../src/training/trainers.ts';

const [workDir, json] = process.argv.slice(2);
const input = JSON.parse(json!) as TrainerInput;
const output = await trainerNamed(input.trainer)(input, { signal: new AbortController().signal, heartbeat: () => {}, workDir: workDir! });
const peakMb = Math.round(process.resourceUsage().maxRSS / 1_024);
console.log(JSON.stringify({ peakMb, seconds: Math.round((output.trainedMs ?? 0) / 1_000) }));
process.exit();
