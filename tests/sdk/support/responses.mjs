// responses: requests to the Responses API, and what holds for every answer and every stream of it.

import assert from 'node:assert/strict';

export const tool = { type: 'image_generation', model: 'gpt-image-2', size: '1024x640', quality: 'low' };
export const forced = { type: 'image_generation' };

// A request for a picture; `image` are options of the tool.
export function asking(input, { image = {}, ...more } = {}) {
  return { model: 'gpt-5.2', input, tools: [{ ...tool, ...image }], tool_choice: forced, ...more };
}

export function image_call(response) {
  return response.output.find((item) => item.type === 'image_generation_call');
}

export function data_url(bytes, type = 'image/png') {
  return `data:${type};base64,${bytes.toString('base64')}`;
}

export function message(text, ...images) {
  return [{ role: 'user', content: [{ type: 'input_text', text }, ...images] }];
}

// What the types of the client promise of a finished response with a picture.
export function check_response(response, { size = '1024x640', format = 'png', action = 'generate' } = {}) {
  assert.equal(response.object, 'response');
  assert.match(response.id, /^resp_/);
  assert.equal(response.status, 'completed');
  assert.equal(response.error, null);
  assert.equal(response.incomplete_details, null);
  assert.equal(response.model, 'gpt-5.2');
  assert.ok(Math.abs(response.created_at - Date.now() / 1000) < 600);
  assert.ok(response.completed_at >= response.created_at);
  assert.ok(Array.isArray(response.tools));
  assert.equal(typeof response.parallel_tool_calls, 'boolean');
  for (const name of ['instructions', 'metadata', 'temperature', 'top_p', 'tool_choice'])
    assert.ok(name in response, name);
  const { usage } = response;
  assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
  assert.equal(typeof usage.input_tokens_details.cached_tokens, 'number');
  assert.equal(typeof usage.output_tokens_details.reasoning_tokens, 'number');
  const drawn = response.tool_usage.image_gen;
  assert.equal(drawn.total_tokens, drawn.input_tokens + drawn.output_tokens);
  assert.equal(drawn.input_tokens, drawn.input_tokens_details.text_tokens + drawn.input_tokens_details.image_tokens);
  assert.ok(drawn.output_tokens > 0);
  const call = image_call(response);
  assert.match(call.id, /^ig_/);
  assert.equal(call.status, 'completed');
  assert.equal(call.action, action);
  assert.equal(call.size, size);
  assert.equal(call.output_format, format);
  assert.equal(call.quality, 'low');
  assert.equal(typeof call.revised_prompt, 'string');
  return call;
}

// The numbers of the events count from `from`, and each event of an item names it.
export function check_events(events, from = 0) {
  events.forEach((event, index) => assert.equal(event.sequence_number, from + index, event.type));
  const added = new Map();
  for (const event of events) {
    if (event.type === 'response.output_item.added') added.set(event.output_index, event.item.id);
    if ('item_id' in event && added.has(event.output_index))
      assert.equal(event.item_id, added.get(event.output_index), event.type);
  }
  return events.map((event) => event.type);
}
