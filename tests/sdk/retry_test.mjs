// retry: what the client does by itself with the answers of the look-alike, when it may.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { lookalike, rejection } from './support/lookalike.mjs';
import { OpenAI } from './support/packages.mjs';
import { check_picture } from './support/pictures.mjs';

const plain = { model: 'gpt-image-2', prompt: 'a lamp', size: '1024x640', quality: 'low' };

const counts = (simulator) => simulator.requests.map((each) => each.headers.get('x-stainless-retry-count'));

describe('the client tries again', () => {
  const limited = lookalike({ faults: { rate_limit_429: 1 } });
  const failing = lookalike({ faults: { server_error: 1 } });
  const refusing = lookalike({ moderated_words: ['forbidden'] });
  // Half of the requests fail: the seed decides which, so the same prompts fail every time.
  const shaky = lookalike({ seed: 3, faults: { rate_limit_429: 0.5 } });

  test('after a 429, and waits as long as retry-after-ms says', async () => {
    const error = await rejection(limited.client({ maxRetries: 1 }).images.generate(plain));
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.deepEqual(counts(limited), ['0', '1']);
    const waited = limited.requests[1].time - limited.requests[0].time;
    // The look-alike names 200 to 1000 ms here; without the header the client would wait 375 to 500.
    const told = Number(error.headers.get('retry-after-ms'));
    assert.ok(told >= 200 && told <= 1000, String(told));
    assert.ok(waited >= 190, String(waited));
  });

  test('after a server error, as often as it is allowed', async () => {
    const error = await rejection(failing.client({ maxRetries: 1 }).images.generate(plain));
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.deepEqual(counts(failing), ['0', '1']);
  });

  test('not after a refusal', async () => {
    await rejection(refusing.client({ maxRetries: 3 }).images.generate({ ...plain, prompt: 'forbidden' }));
    assert.deepEqual(counts(refusing), ['0']);
  });

  test('and gets its pictures in the end, each charged once', async () => {
    const client = shaky.client({ maxRetries: 10 });
    for (let i = 0; i < 4; ++i)
      await check_picture((await client.images.generate({ ...plain, prompt: `shaky ${i}` })).data[0].b64_json);
    const bill = await shaky.bill();
    assert.ok(shaky.requests.length > 4, 'at least one had to be asked for again');
    assert.equal(bill.outcomes.delivered, 4);
    assert.equal(bill.charged, 4);
  });
});

describe('the client gives up', () => {
  const slow = lookalike({ latency: { base_ms: 60_000, per_megapixel_ms: 0, tail_sigma: 0 } });

  test('at its timeout, and the look-alike notices', async () => {
    const error = await rejection(slow.client({ timeout: 300 }).images.generate(plain));
    assert.ok(error instanceof OpenAI.APIConnectionTimeoutError);
  });

  test('when its caller does', async () => {
    const control = new AbortController();
    const asked = slow.client().images.generate(plain, { signal: control.signal });
    control.abort();
    assert.ok((await rejection(asked)) instanceof OpenAI.APIUserAbortError);
  });
});
