/** What the gateways are asked with is held against what is trained on: a feature that is made in two ways is named. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aStory, eventually, type Story } from '../support/story.ts';

let story: Story;
let data: { first: string; second: string };

beforeAll(async () => {
  story = await aStory();
  data = { first: await story.dataFile('first.csv', 1), second: await story.dataFile('second.csv', 2) };
  await story.hasAFirstChampion('asked', data.first, [
    'dataContract.servingSkew.minimumPredictions=300',
    'dataContract.servingSkew.severity=stop',
  ]);
});
afterAll(() => story?.ends());

const numbers = ['tenure_days', 'opens_30d', 'clicks_30d', 'orders_12m', 'days_since_order', 'average_basket', 'days_since_payday'];

/** Rows of the file as an application would ask with them: the basket in cents, and zero where nobody knows when the last order was. */
function requests(file: string, count: number): object[] {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  // From all of the year: what customers did of late has a season.
  const every = Math.floor(lines.length / count);
  const asked = lines.filter((_, index) => index % every === 0).slice(0, count);
  return asked.map((line) => {
    const texts = line.split(',');
    const row = Object.fromEntries(header!.split(',').map((name, column) => [name, texts[column]!] as const));
    const features = Object.fromEntries(numbers.map((name) => [name, row[name] === '' ? null : Number(row[name])] as const));
    const made = { average_basket: Math.round((features.average_basket ?? 0) * 100), days_since_order: features.days_since_order ?? 0 };
    const rest = { device: row.device, channel: row.channel, is_member: ['true', '1'].includes(row.is_member!) };
    return { entity: row.customer_id, features: { ...features, ...rest, ...made } };
  });
}

test('a unit that differs between serving and training waits for a person, who reads which', async () => {
  const url = `${story.stack.endpoints.gatewayUrl}/v1/models/asked/predict`;
  const asks = (request: object) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) });
  const [first, ...others] = requests(data.second, 400);
  expect(await eventually(async () => (await asks(first!)).ok || null, 30_000)).toBe(true);
  for (const request of others) expect((await asks(request)).status).toBe(200);
  const logged = async () => Number((await story.db('predictions').where({ model: 'asked' }).count('* as count').first())!.count);
  expect(await eventually(async () => (await logged()) >= 400 || null, 30_000)).toBe(true);

  await story.says('retrain', 'asked', '--data', data.second, '--by', 'dana', '--reason', 'the next week', '--wait');
  const { retraining } = await story.until('asked', 'the doubt', (now) => now.retraining?.waitingFor?.gate === 'data-shift');
  const reasons = retraining!.waitingFor!.reasons;
  expect(reasons).toContainEqual(
    expect.stringMatching(/^average_basket is served otherwise than it is trained on: PSI .* over 400 predictions/),
  );
  expect(reasons.filter((reason) => /^(tenure_days|device|opens_30d) /.test(reason))).toEqual([]);
  expect(await story.does('history', 'asked')).toMatch(/since the champion: inconclusive/);
});
