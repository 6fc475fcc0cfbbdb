// models: what the client learns about the account before it spends.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { lookalike, rejection } from './support/lookalike.mjs';
import { OpenAI } from './support/packages.mjs';

describe('models', () => {
  const simulator = lookalike();

  test('the list is a page of models that can be iterated', async () => {
    const ids = [];
    for await (const model of simulator.client().models.list()) {
      assert.equal(model.object, 'model');
      assert.equal(typeof model.created, 'number');
      assert.equal(typeof model.owned_by, 'string');
      ids.push(model.id);
    }
    assert.ok(ids.includes('gpt-image-2'));
    assert.ok(ids.includes('gpt-image-1.5'));
    assert.ok(!ids.includes('dall-e-3'), 'retired');
  });

  test('one model can be retrieved', async () => {
    const model = await simulator.client().models.retrieve('gpt-image-2');
    assert.equal(model.id, 'gpt-image-2');
    assert.equal(model.object, 'model');
  });

  test('an unknown model is a NotFoundError with its code', async () => {
    const error = await rejection(simulator.client().models.retrieve('gpt-image-99'));
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
  });

  test('answers carry a request id that the client hands out', async () => {
    const { data, request_id, response } = await simulator.client().models.retrieve('gpt-image-2').withResponse();
    assert.equal(data.id, 'gpt-image-2');
    assert.match(request_id, /^req_/);
    assert.equal(data._request_id, request_id);
    assert.equal(response.headers.get('openai-version'), '2020-10-01');
  });
});
