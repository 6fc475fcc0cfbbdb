// files: reference pictures uploaded once, and used where a file id may stand.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { lookalike, rejection } from './support/lookalike.mjs';
import { OpenAI } from './support/packages.mjs';
import { changed_share, check_picture, count_near, disc, mask, upload } from './support/pictures.mjs';
import { asking, check_response, image_call, message } from './support/responses.mjs';

describe('files', () => {
  const simulator = lookalike({ art: 'scene' });
  const store = async (bytes, name = 'reference.png') =>
    simulator.client().files.create({ file: await upload(bytes, name), purpose: 'vision' });

  test('a file is created, found, read and deleted', async () => {
    const client = simulator.client();
    const bytes = await disc('#d020c0');
    const file = await store(bytes, 'Größe 1.png');
    assert.match(file.id, /^file-/);
    assert.equal(file.object, 'file');
    assert.equal(file.bytes, bytes.length);
    assert.equal(file.filename, 'Größe 1.png');
    assert.equal(file.purpose, 'vision');
    assert.equal(file.status, 'processed');
    assert.deepEqual(await client.files.retrieve(file.id), file);
    const content = await client.files.content(file.id);
    assert.deepEqual(Buffer.from(await content.arrayBuffer()), bytes);
    assert.deepEqual({ ...(await client.files.delete(file.id)) }, { object: 'file', deleted: true, id: file.id });
    for (const ask of ['retrieve', 'content', 'delete'])
      assert.ok((await rejection(client.files[ask](file.id))) instanceof OpenAI.NotFoundError, ask);
  });

  test('the list has pages', async () => {
    const client = simulator.client();
    const ids = [];
    for (let i = 0; i < 5; ++i) ids.push((await store(Buffer.from(`file ${i}`), `${i}.png`)).id);
    const listed = [];
    for await (const file of client.files.list({ limit: 2, order: 'asc', purpose: 'vision' })) listed.push(file.id);
    assert.deepEqual(listed, ids);
    for (const id of ids) await client.files.delete(id);
  });

  test('it may be told when to expire', async () => {
    const file = await simulator.client().files.create({
      file: await upload(await disc('red')), purpose: 'user_data', expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    assert.equal(file.expires_at, file.created_at + 3600);
  });

  test('an unknown purpose is a BadRequestError', async () => {
    const asked = simulator.client().files.create({ file: await upload(await disc('red')), purpose: 'decoration' });
    const error = await rejection(asked);
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, 'purpose');
  });

  test('a response uses it as a reference and as a mask', async () => {
    const client = simulator.client();
    const room = await client.responses.create(asking('a living room interior'));
    const base = await check_picture(image_call(room).result);
    const hole = { left: 100, top: 100, width: 300, height: 400 };
    const picture = await store(base.bytes);
    const cover = await store(await mask({ width: 1024, height: 640, hole }), 'mask.png');
    const response = await client.responses.create(asking(
      message('add a red vase', { type: 'input_image', file_id: picture.id, detail: 'auto' }),
      { image: { input_image_mask: { file_id: cover.id } } }));
    const made = await check_picture(check_response(response, { action: 'edit' }).result);
    assert.equal(changed_share(base, made, { left: 500, top: 0, width: 524, height: 640 }), 0);
    assert.ok(changed_share(base, made, hole) > 0.5);
  });

  test('an edit in JSON uses it too', async () => {
    const file = await store(await disc('#d020c0'));
    const answer = await simulator.client().post('/images/edits', {
      body: {
        model: 'gpt-image-2', prompt: 'on a wooden table', size: '1024x640', quality: 'low', images: [{ file_id: file.id }],
      },
    });
    const made = await check_picture(answer.data[0].b64_json);
    assert.ok(count_near(made, [208, 32, 192]) > 2000);
  });

  test('once deleted it is not found by whoever names it', async () => {
    const file = await store(await disc('red'));
    await simulator.client().files.delete(file.id);
    const error = await rejection(simulator.client().responses.create(
      asking(message('a lamp', { type: 'input_image', file_id: file.id, detail: 'auto' }))));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'image_file_not_found');
  });
});
