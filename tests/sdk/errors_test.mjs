// errors: each refusal becomes the class of error that the client has for it, with its code and its ids.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { lookalike, rejection, until_broken } from './support/lookalike.mjs';
import { OpenAI } from './support/packages.mjs';

const plain = { model: 'gpt-image-2', prompt: 'a lamp', size: '1024x640', quality: 'low' };

// What every refusal of the API has.
function check_refusal(error, kind, status, { type, code, param }) {
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error}`);
  assert.equal(error.status, status);
  assert.match(error.requestID, /^req_/);
  assert.equal(error.type, type);
  assert.equal(error.code, code);
  if (param !== undefined) assert.equal(error.param, param);
  assert.ok(error.error.message.length > 10);
}

describe('BadRequestError', () => {
  const simulator = lookalike({ moderated_words: ['forbidden'] });
  const refused = (fields) => rejection(simulator.client().images.generate({ ...plain, ...fields }));
  const request = 'invalid_request_error';
  const user = 'image_generation_user_error';

  for (const [what, fields, expected] of [
    ['a parameter that the model does not know', { response_format: 'b64_json' },
      { type: request, code: 'unknown_parameter', param: 'response_format' }],
    ['a size that is too large', { size: '4096x4096' }, { type: user, code: 'invalid_value', param: 'tools' }],
    ['a stream of two pictures', { stream: true, n: 2 }, { type: user, code: 'unsupported_parameter', param: 'input' }],
    ['no prompt', { prompt: undefined }, { type: request, code: 'missing_required_parameter', param: 'prompt' }],
    ['too many pictures', { n: 11 }, { type: request, code: 'integer_above_max_value', param: 'n' }],
    ['a prompt that is no text', { prompt: 7 }, { type: request, code: 'invalid_type', param: 'prompt' }],
    ['a prompt of 32,001 characters', { prompt: 'x'.repeat(32_001) },
      { type: request, code: 'string_above_max_length', param: 'prompt' }],
    ['an unknown quality', { quality: 'splendid' }, { type: request, code: 'invalid_value', param: 'quality' }],
    ['transparency that the model lacks', { background: 'transparent' }, { type: user, code: 'invalid_value' }],
    ['partial images without a stream', { partial_images: 2 }, { type: user, code: 'unsupported_parameter' }],
    ['moderation', { prompt: 'a forbidden lamp' }, { type: user, code: 'moderation_blocked', param: null }],
  ]) {
    test(what, async () => check_refusal(await refused(fields), OpenAI.BadRequestError, 400, expected));
  }

  test('moderation says at which stage', async () => {
    const { error } = await refused({ prompt: 'a forbidden lamp' });
    assert.deepEqual(error.moderation_details, { categories: ['violence'], moderation_stage: 'input' });
  });

  test('refusals cost nothing', async () => {
    const bill = await simulator.bill();
    assert.equal(bill.charged, 0);
    assert.ok(bill.requests_total > 5);
  });
});

describe('the other classes', () => {
  const simulator = lookalike({ api_key: 'sk-right', unverified_models: ['gpt-image-2.5'] });
  const ask = (fields = {}, options = {}) =>
    rejection(simulator.client({ apiKey: 'sk-right', ...options }).images.generate({ ...plain, ...fields }));

  test('a wrong key is an AuthenticationError, and the key is not repeated', async () => {
    const error = await ask({}, { apiKey: 'sk-wrong-0123456789' });
    check_refusal(error, OpenAI.AuthenticationError, 401,
      { type: 'invalid_request_error', code: 'invalid_api_key', param: null });
    assert.ok(!JSON.stringify(error.error).includes('sk-wrong-0123456789'));
    await simulator.client({ apiKey: 'sk-right' }).images.generate(plain);
  });

  test('a model that wants a verified organization is a PermissionDeniedError', async () => {
    const error = await ask({ model: 'gpt-image-2.5' });
    check_refusal(error, OpenAI.PermissionDeniedError, 403, { type: 'invalid_request_error', code: null, param: null });
    assert.match(error.message, /must be verified to use the model `gpt-image-2\.5`\.$/);
  });

  test('an unknown model is a NotFoundError', async () => {
    check_refusal(await ask({ model: 'gpt-image-99' }), OpenAI.NotFoundError, 404,
      { type: 'invalid_request_error', code: 'model_not_found' });
  });

  test('a model that was shut down is not found either', async () => {
    check_refusal(await ask({ model: 'gpt-image-1' }), OpenAI.NotFoundError, 404,
      { type: 'invalid_request_error', code: 'model_not_found' });
  });

  test('DALL-E is gone: an APIError of status 410', async () => {
    check_refusal(await ask({ model: 'dall-e-3' }), OpenAI.APIError, 410, { type: 'invalid_request_error', code: null });
  });

  test('an unknown path is a NotFoundError', async () => {
    const error = await rejection(simulator.client({ apiKey: 'sk-right' }).post('/images/nowhere', { body: {} }));
    assert.ok(error instanceof OpenAI.NotFoundError);
  });
});

describe('limits', () => {
  const simulator = lookalike({ limits: { images_per_minute: 2 } });

  test('a full window is a RateLimitError with its wait, in headers and words', async () => {
    const client = simulator.client();
    const { response } = await client.images.generate(plain).withResponse();
    assert.equal(response.headers.get('x-ratelimit-limit-input-images'), '2');
    assert.equal(response.headers.get('x-ratelimit-remaining-input-images'), '1');
    assert.match(response.headers.get('x-ratelimit-reset-input-images'), /^\d/);
    await client.images.generate(plain);
    const error = await rejection(client.images.generate(plain));
    check_refusal(error, OpenAI.RateLimitError, 429,
      { type: 'input-images', code: 'rate_limit_exceeded', param: null });
    const ms = Number(error.headers.get('retry-after-ms'));
    assert.ok(ms > 30_000 && ms <= 60_000, String(ms));
    assert.equal(Number(error.headers.get('retry-after')), Math.ceil(ms / 1000));
    assert.match(error.message, /Limit 2, Used 2, Requested 1\. Please try again in [\d.]+m?s/);
  });

  test('what can never pass says so without a wait', async () => {
    const error = await rejection(simulator.client().images.generate({ ...plain, n: 3 }));
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.match(error.message, /Limit 2, Used \d, Requested 3\.$/);
  });
});

describe('a server in trouble', () => {
  const failing = lookalike({ faults: { server_error: 1 } });
  const lost = lookalike({ faults: { bad_gateway: 1 } });

  test('500 and 503 are InternalServerErrors; inside a stream an APIError with its code', async () => {
    const seen = new Set();
    for (let i = 0; i < 24; ++i) {
      const asked = { ...plain, prompt: `try ${i}`, stream: true };
      try {
        for await (const event of await failing.client().images.generate(asked)) assert.fail(event.type);
      } catch (error) {
        assert.ok(error instanceof OpenAI.APIError, String(error));
        if (error.status) assert.ok(error instanceof OpenAI.InternalServerError);
        else assert.equal(error.type, 'image_generation_server_error');
        seen.add(`${error.status ?? 'stream'} ${error.code}`);
      }
    }
    assert.deepEqual([...seen].sort(),
      ['500 server_error', '503 server_is_overloaded', 'stream image_generation_failed']);
  });

  test('a gateway with HTML is an InternalServerError without a code', async () => {
    const error = await rejection(lost.client().images.generate(plain));
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.ok([502, 504].includes(error.status));
    assert.equal(error.code, undefined);
    assert.match(error.message, /<html>/);
    assert.equal((await lost.bill()).charged, 1, 'the work was done');
  });
});

describe('connections that break', () => {
  const cutting = lookalike({ faults: { cut_stream: 1 } });
  const late = lookalike({ faults: { cut_stream: 1 }, cut_at_byte: 700 });

  test('before the answer it is an APIConnectionError, later an error of the body; never half a picture', async () => {
    let before = 0;
    for (let i = 0; i < 16; ++i) {
      const error = await rejection(cutting.client().images.generate({ ...plain, prompt: `cut ${i}` }));
      assert.equal(error.status, undefined);
      if (error instanceof OpenAI.APIConnectionError) ++before;
    }
    assert.ok(before > 0);
    const bill = await cutting.bill();
    assert.equal(bill.charged, 16);
    assert.equal(bill.outcomes.cut, 16);
  });

  test('a stream that is cut in its first event yields nothing', async () => {
    const { events, error } = await until_broken(await late.client().images.generate({ ...plain, stream: true }));
    assert.deepEqual(events, []);
    assert.ok(error instanceof Error);
  });
});

describe('errors in streams', () => {
  const simulator = lookalike({ faults: { moderation_output: 1 } });

  test('moderation of the picture: the partials, then an APIError with code and stage', async () => {
    const { events, error } = await until_broken(
      await simulator.client().images.generate({ ...plain, stream: true, partial_images: 2 }));
    assert.deepEqual(events.map((event) => event.type),
      ['image_generation.partial_image', 'image_generation.partial_image']);
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(error.code, 'moderation_blocked');
    assert.equal(error.type, 'image_generation_user_error');
    assert.equal(error.error.moderation_details.moderation_stage, 'output');
    assert.equal((await simulator.bill()).charged, 1);
  });
});

describe('a gateway that ignores the wish for a stream', () => {
  const simulator = lookalike({ faults: { json_to_stream: 1 } });

  test('answers plain JSON: the client finds no event in it', async () => {
    const { response, data } = await simulator.client().images.generate({ ...plain, stream: true }).withResponse();
    assert.match(response.headers.get('content-type'), /^application\/json/);
    const { events } = await until_broken(data);
    assert.deepEqual(events, []);
  });
});
