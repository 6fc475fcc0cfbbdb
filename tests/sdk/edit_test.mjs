// edit: POST /v1/images/edits as the client sends it (multipart), with pictures that must show.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { all, lookalike, rejection } from './support/lookalike.mjs';
import { OpenAI } from './support/packages.mjs';
import { changed_share, check_picture, count_near, disc, mask, mean_difference, upload } from './support/pictures.mjs';

const plain = { model: 'gpt-image-2', prompt: 'on a wooden table', size: '1024x640', quality: 'low' };

describe('images.edit', () => {
  const simulator = lookalike({ art: 'scene' });

  test('one picture', async () => {
    const image = await upload(await disc('#d020c0'));
    const answer = await simulator.client().images.edit({ ...plain, image });
    assert.equal(answer.data.length, 1);
    assert.equal(answer.size, '1024x640');
    assert.ok(answer.usage.input_tokens_details.image_tokens > 0);
    const picture = await check_picture(answer.data[0].b64_json);
    assert.ok(count_near(picture, [208, 32, 192]) > 2000, 'the reference is to be seen');
  });

  for (const [name, format] of [['photo.jpg', 'jpeg'], ['photo.webp', 'webp']]) {
    test(`a reference may be a ${format}`, async () => {
      const image = await upload(await disc('#d020c0', { format }), name);
      await check_picture((await simulator.client().images.edit({ ...plain, image })).data[0].b64_json);
    });
  }

  test('several pictures, each to be seen', async () => {
    const image = await Promise.all([['#d020c0', 'a.png'], ['#10d0e0', 'b.webp'], ['#e0d010', 'c.jpg']].map(
      async ([colour, name]) =>
        upload(await disc(colour, { format: name.split('.')[1].replace('jpg', 'jpeg') }), name)));
    const one = await simulator.client().images.edit({ ...plain, image: image[0] });
    const three = await simulator.client().images.edit({ ...plain, image });
    assert.ok(three.usage.input_tokens_details.image_tokens > one.usage.input_tokens_details.image_tokens);
    const picture = await check_picture(three.data[0].b64_json);
    for (const colour of [[208, 32, 192], [16, 208, 224], [224, 208, 16]])
      assert.ok(count_near(picture, colour) > 300, String(colour));
  });

  test('with a mask only its clear part changes', async () => {
    // The base is as large as the result, so that nothing has to be scaled.
    const before = await simulator.client().images.generate({ ...plain, prompt: 'a living room interior' });
    const base = await check_picture(before.data[0].b64_json);
    const hole = { left: 640, top: 160, width: 256, height: 320 };
    const answer = await simulator.client().images.edit({
      ...plain,
      prompt: 'add a blue vase',
      image: await upload(base.bytes),
      mask: await upload(await mask({ width: 1024, height: 640, hole }), 'mask.png'),
    });
    const made = await check_picture(answer.data[0].b64_json);
    const everywhere = { left: 0, top: 0, width: 1024, height: 640 };
    const inside = changed_share(base, made, hole);
    const outside = changed_share(base, made, everywhere) * 1024 * 640 - inside * hole.width * hole.height;
    assert.equal(Math.round(outside), 0, 'pixels changed outside the clear part of the mask');
    assert.ok(inside > 0.5, `only ${inside} of the clear part changed`);
  });

  test('as a stream', async () => {
    const stream = await simulator.client().images.edit(
      { ...plain, image: await upload(await disc('#d020c0')), stream: true, partial_images: 2 });
    const events = await all(stream);
    assert.deepEqual(events.map((event) => event.type),
      ['image_edit.partial_image', 'image_edit.partial_image', 'image_edit.completed']);
    for (const event of events) await check_picture(event.b64_json);
    assert.ok(events.at(-1).usage.input_tokens_details.image_tokens > 0);
  });

  test('n, format, compression and background go through the form', async () => {
    const answer = await simulator.client().images.edit({
      ...plain, image: await upload(await disc('#d020c0')), n: 2, output_format: 'webp', output_compression: 70,
      background: 'opaque', user: 'user-4711',
    });
    assert.equal(answer.data.length, 2);
    const [first, second] = await Promise.all(
      answer.data.map((each) => check_picture(each.b64_json, { format: 'webp' })));
    assert.ok(mean_difference(first, second) > 0.5);
  });

  test('a transparent cut-out of a picture', async () => {
    const answer = await simulator.client().images.edit({
      ...plain, model: 'gpt-image-1.5', size: '1024x1024', background: 'transparent', input_fidelity: 'high',
      image: await upload(await disc('#d020c0')), prompt: 'only the disc',
    });
    await check_picture(answer.data[0].b64_json, { size: '1024x1024', alpha: true });
  });
});

describe('images.edit refuses', () => {
  const simulator = lookalike();
  const refused = async (fields, code) => {
    const error = await rejection(simulator.client().images.edit({ ...plain, ...fields }));
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.equal(error.code, code);
    return error;
  };

  test('a file whose type is not said', async () => {
    const error = await refused({ image: await upload(await disc('red'), 'picture.bin', 'application/octet-stream') },
      'unsupported_file_mimetype');
    assert.match(error.param, /^image/);
  });

  test('a file that is no image', async () => {
    await refused({ image: await upload(Buffer.from('GIF89a and more'), 'picture.png') }, 'invalid_image_file');
  });

  test('a mask of another size', async () => {
    const hole = { left: 10, top: 10, width: 50, height: 50 };
    await refused({
      image: await upload(await disc('red')),
      mask: await upload(await mask({ width: 256, height: 256, hole }), 'mask.png'),
    }, 'invalid_image_file');
  });

  test('input_fidelity where the model has none', async () => {
    const error = await refused({ image: await upload(await disc('red')), input_fidelity: 'high' },
      'unsupported_parameter');
    assert.equal(error.param, 'input_fidelity');
  });
});
