/** A gateway that answers as ours does and keeps what it was asked; tests tell it to refuse or to be busy. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OutcomeToPost } from '../../src/simulation/gateway-client.ts';

export interface AskedInstance {
  readonly entity: string;
  readonly features: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
  readonly predictionId: string;
  readonly atMs: number;
}

export interface FakeGateway {
  readonly url: string;
  readonly asked: AskedInstance[];
  readonly batches: number[];
  readonly outcomes: (OutcomeToPost & { readonly atMs: number })[];
  /** What the next requests are answered with, instead of an answer. */
  readonly trouble: { status: number; error: string }[];
  refuse: ((features: Readonly<Record<string, unknown>>) => string | null) | null;
  close(): Promise<void>;
}

export async function aGateway(port = 0): Promise<FakeGateway> {
  const fake: Omit<FakeGateway, 'url' | 'close'> = { asked: [], batches: [], outcomes: [], trouble: [], refuse: null };
  const server = createServer((request, response) => void answer(request, response, gateway));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const gateway: FakeGateway = Object.assign(fake, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return gateway;
}

async function answer(request: IncomingMessage, response: ServerResponse, gateway: FakeGateway): Promise<void> {
  let text = '';
  for await (const piece of request) text += piece;
  const body = JSON.parse(text);
  const reply = (status: number, answered: object) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answered));
  };
  const trouble = gateway.trouble.shift();
  if (trouble) return reply(trouble.status, { error: trouble.error });
  if (request.url === '/v1/outcomes') {
    gateway.outcomes.push(...body.outcomes.map((outcome: OutcomeToPost) => ({ ...outcome, atMs: Date.now() })));
    return reply(202, { accepted: body.outcomes.length });
  }
  const refusal = body.instances.map(({ features }: AskedInstance) => gateway.refuse?.(features) ?? null).find(Boolean);
  if (refusal) return reply(400, { error: refusal });
  const from = gateway.asked.length;
  const asked = body.instances.map((instance: AskedInstance, index: number) => ({
    ...instance,
    predictionId: `p-${from + index}`,
    atMs: Date.now(),
  }));
  gateway.asked.push(...asked);
  gateway.batches.push(asked.length);
  reply(200, {
    model: 'newsletter',
    predictions: asked.map(({ predictionId }: AskedInstance) => ({ predictionId, score: 0.2, version: 'newsletter@1', arm: 'champion' })),
  });
}
