// generate: POST /v1/images/generations, whole and as a stream.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { all, lookalike } from './support/lookalike.mjs';
import { check_picture, mean_difference, pixel } from './support/pictures.mjs';

const plain = { model: 'gpt-image-2', prompt: 'a brass lamp in a misty forest', size: '1024x640', quality: 'low' };

function check_usage(usage, { images = 0 } = {}) {
  assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
  assert.equal(usage.input_tokens, usage.input_tokens_details.text_tokens + usage.input_tokens_details.image_tokens);
  assert.ok(usage.input_tokens_details.text_tokens > 0);
  assert.ok(usage.output_tokens > 0);
  assert.equal(usage.input_tokens_details.image_tokens > 0, images > 0);
}

describe('images.generate', () => {
  const simulator = lookalike();

  test('one picture, with everything that the answer says about it', async () => {
    const answer = await simulator.client().images.generate(plain);
    assert.ok(Math.abs(answer.created - Date.now() / 1000) < 600);
    assert.equal(answer.size, '1024x640');
    assert.equal(answer.quality, 'low');
    assert.equal(answer.output_format, 'png');
    assert.equal(answer.background, 'opaque');
    assert.equal(answer.data.length, 1);
    assert.equal(answer.data[0].url, undefined);
    assert.equal(answer.data[0].revised_prompt, undefined, 'GPT image models do not return it');
    check_usage(answer.usage);
    await check_picture(answer.data[0].b64_json);
  });

  test('n=2 gives two pictures that differ, and twice the tokens', async () => {
    const one = await simulator.client().images.generate({ ...plain, prompt: 'two of them' });
    const two = await simulator.client().images.generate({ ...plain, prompt: 'two of them', n: 2 });
    assert.equal(two.data.length, 2);
    const [first, second] = await Promise.all(two.data.map((each) => check_picture(each.b64_json)));
    assert.ok(mean_difference(first, second) > 0.5);
    assert.equal(two.usage.output_tokens, 2 * one.usage.output_tokens);
  });

  for (const output_format of ['png', 'jpeg', 'webp']) {
    test(`${output_format} is ${output_format}`, async () => {
      const answer = await simulator.client().images.generate({ ...plain, output_format });
      assert.equal(answer.output_format, output_format);
      await check_picture(answer.data[0].b64_json, { format: output_format });
    });
  }

  test('compression makes a jpeg and a webp smaller', async () => {
    for (const output_format of ['jpeg', 'webp']) {
      const sizes = [];
      for (const output_compression of [10, 95]) {
        const answer = await simulator.client().images.generate({ ...plain, output_format, output_compression });
        sizes.push((await check_picture(answer.data[0].b64_json, { format: output_format })).bytes.length);
      }
      assert.ok(sizes[0] < sizes[1], `${output_format}: ${sizes}`);
    }
  });

  for (const size of ['1024x1024', '1536x1024', '1024x1536', '2048x1152', '1920x640', '3840x2160']) {
    test(`${size} comes out as asked`, async () => {
      const answer = await simulator.client().images.generate({ ...plain, size, output_format: 'jpeg' });
      assert.equal(answer.size, size);
      await check_picture(answer.data[0].b64_json, { format: 'jpeg', size });
    });
  }

  test('auto is answered with the size and the quality that were taken', async () => {
    const answer = await simulator.client().images.generate({ ...plain, size: 'auto', quality: 'auto', background: 'auto' });
    assert.match(answer.size, /^\d+x\d+$/);
    assert.ok(['low', 'medium', 'high'].includes(answer.quality));
    assert.equal(answer.background, 'opaque');
    await check_picture(answer.data[0].b64_json, { size: answer.size });
  });

  for (const output_format of ['png', 'webp']) {
    test(`a transparent background is transparent in ${output_format}`, async () => {
      const answer = await simulator.client().images.generate(
        { ...plain, model: 'gpt-image-1.5', size: '1024x1024', background: 'transparent', output_format });
      assert.equal(answer.background, 'transparent');
      const picture = await check_picture(answer.data[0].b64_json,
        { format: output_format, size: '1024x1024', alpha: true });
      assert.equal(pixel(picture, 0, 0)[3], 0);
    });
  }

  test('every option the client knows for these models is understood', async () => {
    const answer = await simulator.client().images.generate({
      ...plain, n: 1, background: 'opaque', moderation: 'low', output_format: 'webp', output_compression: 80,
      safety_identifier: 'user-4711', user: 'user-4711', stream: false,
    });
    assert.equal(answer.safety_identifier, 'user-4711');
  });

  test('the picture and the bill agree', async () => {
    const { data, request_id } = await simulator.client().images.generate({ ...plain, prompt: 'for the bill' }).withResponse();
    const bill = await simulator.bill();
    const entry = bill.requests.find((each) => each.request_id === request_id);
    assert.equal(entry.outcome, 'delivered');
    assert.equal(entry.charged, true);
    assert.equal(entry.usage.output_image, data.usage.output_tokens);
  });
});

describe('images.generate as a stream', () => {
  const simulator = lookalike();

  for (const partial_images of [0, 1, 3]) {
    test(`${partial_images} partial images, then the picture`, async () => {
      const stream = await simulator.client().images.generate({ ...plain, stream: true, partial_images });
      const events = await all(stream);
      assert.deepEqual(events.map((event) => event.type),
        [...Array(partial_images).fill('image_generation.partial_image'), 'image_generation.completed']);
      for (const [index, event] of events.entries()) {
        assert.equal(event.size, '1024x640');
        assert.equal(event.quality, 'low');
        assert.equal(event.background, 'opaque');
        assert.equal(event.output_format, 'png');
        assert.equal(typeof event.created_at, 'number');
        await check_picture(event.b64_json);
        if (index < partial_images) assert.equal(event.partial_image_index, index);
      }
      check_usage(events.at(-1).usage);
    });
  }

  test('each partial image is charged with 100 tokens', async () => {
    const tokens = [];
    for (const partial_images of [0, 2]) {
      const stream = await simulator.client().images.generate({ ...plain, stream: true, partial_images });
      tokens.push((await all(stream)).at(-1).usage.output_tokens);
    }
    assert.equal(tokens[1], tokens[0] + 200);
  });

  test('a stream can be left early', async () => {
    const stream = await simulator.client().images.generate({ ...plain, stream: true, partial_images: 3 });
    for await (const event of stream) {
      assert.equal(event.partial_image_index, 0);
      break;
    }
    await check_picture((await simulator.client().images.generate(plain)).data[0].b64_json);
  });
});

describe('streams as some gateways write them', () => {
  const simulator = lookalike({ wire: { keepalives: true, done_marker: true, crlf: true } });

  test('comments, CRLF and [DONE] change nothing', async () => {
    const stream = await simulator.client().images.generate({ ...plain, stream: true, partial_images: 2 });
    const types = (await all(stream)).map((event) => event.type.split('.')[1]);
    assert.deepEqual(types, ['partial_image', 'partial_image', 'completed']);
  });
});

describe('pictures of the prompt', () => {
  const simulator = lookalike({ art: 'scene' });

  test('partial images come nearer to the picture', async () => {
    const stream = await simulator.client().images.generate({ ...plain, stream: true, partial_images: 2 });
    const [early, late, last] = await Promise.all((await all(stream)).map((event) => check_picture(event.b64_json)));
    assert.ok(mean_difference(late, last) < mean_difference(early, last));
    assert.ok(mean_difference(early, last) < 50);
  });
});
