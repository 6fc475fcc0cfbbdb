// stored_responses: retrieving, polling, resuming, cancelling and deleting what was stored.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { all, lookalike, rejection } from './support/lookalike.mjs';
import { OpenAI } from './support/packages.mjs';
import { check_picture } from './support/pictures.mjs';
import { asking, check_events, check_response, image_call } from './support/responses.mjs';

describe('responses.retrieve', () => {
  const simulator = lookalike();

  test('gives the same response again', async () => {
    const made = await simulator.client().responses.create(asking('a lamp'));
    const again = await simulator.client().responses.retrieve(made.id);
    assert.deepEqual(again.output, made.output);
    check_response(again);
    assert.equal((await simulator.bill()).images_charged, 1, 'looking is free');
  });

  test('gives its stream again, whole or after a number', async () => {
    const first = await all(await simulator.client().responses.create(
      asking('a lamp', { image: { partial_images: 2 }, stream: true })));
    const { id } = first[0].response;
    assert.deepEqual(await all(await simulator.client().responses.retrieve(id, { stream: true })), first);
    const rest = await all(await simulator.client().responses.retrieve(id, { stream: true, starting_after: 4 }));
    assert.deepEqual(rest, first.slice(5));
    check_events(rest, 5);
    const none = await all(await simulator.client().responses.retrieve(id, { stream: true, starting_after: 999 }));
    assert.deepEqual(none, []);
  });

  test('an unknown id is a NotFoundError; so is one that was not stored or was deleted', async () => {
    const client = simulator.client();
    const hidden = await client.responses.create(asking('a lamp', { store: false }));
    const deleted = await client.responses.create(asking('a lamp'));
    await client.responses.delete(deleted.id);
    for (const id of ['resp_0123', hidden.id, deleted.id])
      assert.ok((await rejection(client.responses.retrieve(id))) instanceof OpenAI.NotFoundError, id);
  });
});

describe('background', () => {
  const slow = lookalike({ latency: { base_ms: 600_000, per_megapixel_ms: 0, tail_sigma: 0 } });
  const simulator = lookalike({ latency: { base_ms: 900, per_megapixel_ms: 0, tail_sigma: 0 } });

  async function finished(id) {
    const statuses = [];
    for (let i = 0; i < 200; ++i) {
      const response = await simulator.client().responses.retrieve(id);
      if (statuses.at(-1) !== response.status) statuses.push(response.status);
      if (!['queued', 'in_progress'].includes(response.status)) return { response, statuses };
      await sleep(50);
    }
    throw new Error('it does not end');
  }

  test('is answered at once, and polled to its end', async () => {
    const queued = await simulator.client().responses.create(asking('a lamp', { background: true }));
    assert.equal(queued.status, 'queued');
    assert.equal(queued.background, true);
    assert.deepEqual(queued.output, []);
    const { response, statuses } = await finished(queued.id);
    // How many of them a slow machine gets to see is another matter.
    assert.ok(['queued,in_progress,completed', 'in_progress,completed', 'completed'].includes(String(statuses)),
      String(statuses));
    await check_picture(check_response(response).result);
  });

  test('a stream that is left goes on, and is taken up where it was left', async () => {
    const stream = await simulator.client().responses.create(
      asking('a lamp', { background: true, stream: true, image: { partial_images: 2 } }));
    const seen = [];
    for await (const event of stream) {
      seen.push(event);
      if (seen.length === 4) break;
    }
    assert.equal(seen[1].type, 'response.queued');
    const { id } = seen[0].response;
    const rest = await all(await simulator.client().responses.retrieve(
      id, { stream: true, starting_after: seen.at(-1).sequence_number }));
    const types = check_events([...seen, ...rest]);
    assert.equal(types.at(-1), 'response.completed');
    assert.equal(types.filter((type) => type.endsWith('partial_image')).length, 2);
    await check_picture(image_call(rest.at(-1).response).result);
  });

  test('can be cancelled, and is then not charged', async () => {
    const before = (await slow.bill()).charged;
    const queued = await slow.client().responses.create(asking('a lamp', { background: true }));
    const cancelled = await slow.client().responses.cancel(queued.id);
    assert.equal(cancelled.status, 'cancelled');
    assert.equal((await slow.client().responses.retrieve(queued.id)).status, 'cancelled');
    assert.equal((await slow.bill()).charged, before);
  });

  test('only background work can be cancelled', async () => {
    const made = await simulator.client().responses.create(asking('a lamp'));
    assert.ok((await rejection(simulator.client().responses.cancel(made.id))) instanceof OpenAI.BadRequestError);
  });
});
