// responses: POST /v1/responses with the image tool, whole and as a stream, and its chains.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { all, lookalike, rejection, until_broken } from './support/lookalike.mjs';
import { OpenAI } from './support/packages.mjs';
import { changed_share, check_picture, count_near, disc, mask, mean_difference } from './support/pictures.mjs';
import { asking, check_events, check_response, data_url, forced, image_call, message, tool } from './support/responses.mjs';

describe('responses.create', () => {
  const simulator = lookalike();

  test('the forced tool draws and does not talk', async () => {
    const response = await simulator.client().responses.create(asking('a brass lamp'));
    const call = check_response(response);
    assert.equal(response.output.length, 1);
    assert.equal(response.output_text, '');
    await check_picture(call.result);
  });

  test('left to itself the model draws and says so', async () => {
    const response = await simulator.client().responses.create({ model: 'gpt-5.2', input: 'a brass lamp', tools: [tool] });
    await check_picture(check_response(response).result);
    assert.ok(response.output_text.length > 0, 'the client gathers the words');
    assert.equal(response.output.at(-1).type, 'message');
    assert.equal(response.output.at(-1).role, 'assistant');
  });

  for (const tool_choice of ['required', { type: 'allowed_tools', mode: 'required', tools: [forced] }]) {
    test(`tool_choice ${JSON.stringify(tool_choice)} draws`, async () => {
      const response = await simulator.client().responses.create({ ...asking('a lamp'), tool_choice });
      await check_picture(check_response(response).result);
    });
  }

  test('without the tool it only talks, and nothing is drawn', async () => {
    for (const fields of [{ tools: [] }, { tools: [tool], tool_choice: 'none' }]) {
      const response = await simulator.client().responses.create({ model: 'gpt-5.2', input: 'a lamp', ...fields });
      assert.equal(response.status, 'completed');
      assert.equal(image_call(response), undefined);
      assert.ok(response.output_text.includes('a lamp'), response.output_text);
      assert.ok(response.usage.output_tokens > 0);
    }
  });

  test('every option of the tool', async () => {
    const response = await simulator.client().responses.create(asking('a lamp', {
      image: {
        model: 'gpt-image-1.5', size: '1536x1024', background: 'transparent', output_format: 'webp',
        output_compression: 70, moderation: 'low', input_fidelity: 'high', action: 'auto', partial_images: 0,
      },
    }));
    const call = check_response(response, { size: '1536x1024', format: 'webp' });
    assert.equal(call.background, 'transparent');
    await check_picture(call.result, { size: '1536x1024', format: 'webp', alpha: true });
  });

  test('the fields of a request come back', async () => {
    const response = await simulator.client().responses.create(asking('a lamp', {
      instructions: 'Draw quietly.', metadata: { sku: '4711' }, service_tier: 'auto', safety_identifier: 'user-1',
      max_tool_calls: 1, parallel_tool_calls: false, truncation: 'auto', include: [],
    }));
    assert.equal(response.instructions, 'Draw quietly.');
    assert.deepEqual(response.metadata, { sku: '4711' });
    assert.equal(response.parallel_tool_calls, false);
    assert.equal(response.truncation, 'auto');
    assert.deepEqual(response.tool_choice, forced);
    assert.equal(response.tools[0].type, 'image_generation');
  });

  test('the bill has both models', async () => {
    const { data, request_id } = await simulator.client().responses.create(asking('for the bill')).withResponse();
    const bill = await simulator.bill();
    const entry = bill.requests.find((each) => each.request_id === request_id);
    assert.equal(entry.outcome, 'delivered');
    assert.equal(entry.response_id, data.id);
    assert.equal(entry.model, 'gpt-image-2');
    assert.equal(entry.mainline_model, 'gpt-5.2');
  });
});

describe('responses.create as a stream', () => {
  const simulator = lookalike();
  const picture = 'response.image_generation_call';

  for (const partial_images of [0, 2]) {
    test(`every event in its order, with ${partial_images} partial images`, async () => {
      const stream = await simulator.client().responses.create(asking('a lamp', { image: { partial_images }, stream: true }));
      const events = await all(stream);
      assert.deepEqual(check_events(events), [
        'response.created', 'response.in_progress', 'response.output_item.added', `${picture}.in_progress`,
        `${picture}.generating`, ...Array(partial_images).fill(`${picture}.partial_image`), `${picture}.completed`,
        'response.output_item.done', 'response.completed',
      ]);
      assert.equal(events[0].response.status, 'in_progress');
      assert.deepEqual(events[0].response.output, []);
      const partials = events.filter((event) => event.type === `${picture}.partial_image`);
      for (const [index, event] of partials.entries()) {
        assert.equal(event.partial_image_index, index);
        assert.equal(event.size, '1024x640');
        assert.equal(event.output_format, 'png');
        await check_picture(event.partial_image_b64);
      }
      const done = events.at(-2).item;
      await check_picture(done.result);
      assert.deepEqual(image_call(events.at(-1).response), done, 'the same picture a second time');
      check_response(events.at(-1).response);
    });
  }

  test("the client's own accumulator accepts it", async () => {
    const seen = [];
    const stream = simulator.client().responses
      .stream({ model: 'gpt-5.2', input: 'a lamp', tools: [{ ...tool, partial_images: 1 }] })
      .on('response.image_generation_call.partial_image', (event) => seen.push(event.partial_image_index))
      .on('response.output_text.delta', (event) => seen.push(typeof event.delta));
    const response = await stream.finalResponse();
    await check_picture(check_response(response).result);
    assert.equal(seen[0], 0);
    assert.ok(seen.includes('string'));
    assert.ok(response.output_text.length > 0);
  });

  test('words come in pieces that make the whole', async () => {
    const events = await all(await simulator.client().responses.create(
      { model: 'gpt-5.2', input: 'a lamp on a long table in the evening', stream: true }));
    check_events(events);
    const text = events.filter((event) => event.type === 'response.output_text.delta').map((event) => event.delta).join('');
    assert.equal(text, events.find((event) => event.type === 'response.output_text.done').text);
    assert.equal(events.at(-1).response.output[0].content[0].text, text);
  });
});

describe('streams as some gateways write them', () => {
  const odd = lookalike({ wire: { keepalives: true, done_marker: true, crlf: true, status_generating: true } });
  const empty = lookalike({ wire: { empty_output: true } });

  test('keepalives, [DONE], CRLF and an item that is still "generating"', async () => {
    const events = await all(await odd.client().responses.create(asking('a lamp', { stream: true })));
    const types = check_events(events);
    assert.ok(types.includes('keepalive'));
    const { item } = events.find((event) => event.type === 'response.output_item.done');
    assert.equal(item.status, 'generating');
    await check_picture(item.result);
  });

  test('a last event with an empty output: the picture is in the item', async () => {
    const events = await all(await empty.client().responses.create(asking('a lamp', { stream: true })));
    assert.deepEqual(events.at(-1).response.output, []);
    await check_picture(events.find((event) => event.type === 'response.output_item.done').item.result);
  });
});

describe('pictures in the input', () => {
  const simulator = lookalike({ art: 'scene' });

  test('references as data URLs are to be seen, in one message or several', async () => {
    const pink = { type: 'input_image', image_url: data_url(await disc('#d020c0')), detail: 'auto' };
    const cyan = { type: 'input_image', image_url: data_url(await disc('#10d0e0', { format: 'webp' }), 'image/webp'), detail: 'high' };
    const response = await simulator.client().responses.create(asking(message('on a wooden table', pink, cyan)));
    const made = await check_picture(check_response(response, { action: 'edit' }).result);
    assert.ok(count_near(made, [208, 32, 192]) > 2000);
    assert.ok(count_near(made, [16, 208, 224]) > 300);
    assert.ok(response.tool_usage.image_gen.input_tokens_details.image_tokens > 0);
  });

  test('a mask keeps all but its clear part', async () => {
    const before = await simulator.client().responses.create(asking('a living room interior'));
    const base = await check_picture(image_call(before).result);
    const hole = { left: 640, top: 160, width: 256, height: 320 };
    const response = await simulator.client().responses.create(asking(
      message('add a blue vase', { type: 'input_image', image_url: data_url(base.bytes), detail: 'auto' }), {
        image: { input_image_mask: { image_url: data_url(await mask({ width: 1024, height: 640, hole })) } },
      }));
    const made = await check_picture(check_response(response, { action: 'edit' }).result);
    const inside = changed_share(base, made, hole);
    const all_of_it = changed_share(base, made, { left: 0, top: 0, width: 1024, height: 640 });
    assert.equal(Math.round(all_of_it * 1024 * 640 - inside * hole.width * hole.height), 0, 'changed outside');
    assert.ok(inside > 0.5, String(inside));
  });
});

describe('chains', () => {
  const simulator = lookalike({ art: 'scene' });
  const first = () => simulator.client().responses.create(asking('a blue mug in a kitchen'));
  const far = 40; // mean difference of samples of pictures that have nothing in common

  test('previous_response_id goes on from the picture: the same thing, at night', async () => {
    const before = await first();
    const after = await simulator.client().responses.create(
      asking('now at night', { previous_response_id: before.id }));
    assert.equal(after.previous_response_id, before.id);
    check_response(after, { action: 'edit' });
    const [day, night] = await Promise.all([before, after].map((each) => check_picture(image_call(each).result)));
    const mean = (picture) => picture.data.reduce((sum, sample) => sum + sample, 0) / picture.data.length;
    assert.ok(mean(night) < 0.75 * mean(day), 'it is darker');
    assert.ok(mean_difference(day, night) > 8);
    assert.ok(after.usage.input_tokens > before.usage.input_tokens, 'the conversation is read again');
  });

  test('an image call id in the input does the same', async () => {
    const before = await first();
    const input = [
      ...message('in falling snow'),
      { type: 'image_generation_call', id: image_call(before).id },
    ];
    const after = await simulator.client().responses.create(asking(input));
    check_response(after, { action: 'edit' });
    const [plain, snow] = await Promise.all([before, after].map((each) => check_picture(image_call(each).result)));
    const difference = mean_difference(plain, snow);
    assert.ok(difference > 2 && difference < far + 30, String(difference));
    assert.ok(count_near(snow, [255, 255, 255], 25) > count_near(plain, [255, 255, 255], 25));
  });

  test('a chain of three keeps its composition', async () => {
    const before = await first();
    const second = await simulator.client().responses.create(asking('make it red', { previous_response_id: before.id }));
    const third = await simulator.client().responses.create(asking('add a green plant', { previous_response_id: second.id }));
    const pictures = await Promise.all([before, second, third].map((each) => check_picture(image_call(each).result)));
    assert.ok(count_near(pictures[1], [200, 50, 43], 50) > 4 * count_near(pictures[0], [200, 50, 43], 50) + 1000);
    assert.ok(mean_difference(pictures[1], pictures[2]) < far);
    assert.ok(mean_difference(pictures[1], pictures[2]) > 1);
  });

  test('action generate starts anew', async () => {
    const before = await first();
    const after = await simulator.client().responses.create(asking('a mountain landscape',
      { image: { action: 'generate' }, previous_response_id: before.id }));
    check_response(after, { action: 'generate' });
  });
});

describe('responses.create refuses', () => {
  const simulator = lookalike({ moderated_words: ['forbidden'] });
  const refused = async (body, expected) => {
    const error = await rejection(simulator.client().responses.create(body));
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, name);
    assert.match(error.requestID, /^req_/);
    return error;
  };

  test('an image model as the mainline model', async () => {
    await refused({ ...asking('a lamp'), model: 'gpt-image-2' }, { type: 'invalid_request_error', param: 'model' });
  });
  test('n in the tool', async () => {
    const error = await refused(asking('a lamp', { image: { n: 2 } }), { code: 'unknown_parameter', param: 'tools[0].n' });
    assert.match(error.message, /Unknown parameter: 'tools\[0\]\.n'\./);
  });
  test('a size that the tool does not have', async () => {
    await refused(asking('a lamp', { image: { size: '4096x4096' } }),
      { type: 'image_generation_user_error', code: 'invalid_value', param: 'tools' });
  });
  test('the action edit without a picture', async () => {
    await refused(asking('a lamp', { image: { action: 'edit' } }), { type: 'image_generation_user_error' });
  });
  test('an unknown parameter', async () => {
    await refused({ ...asking('a lamp'), size: '1024x1024' }, { code: 'unknown_parameter', param: 'size' });
  });
  test('a previous response that is not there', async () => {
    await refused(asking('a lamp', { previous_response_id: 'resp_0123' }),
      { code: 'previous_response_not_found', param: 'previous_response_id' });
  });
  test('a previous response that was not stored', async () => {
    const before = await simulator.client().responses.create(asking('a lamp', { store: false }));
    await refused(asking('at night', { previous_response_id: before.id }), { code: 'previous_response_not_found' });
  });
  test('a file that is not there', async () => {
    await refused(asking(message('a lamp', { type: 'input_image', file_id: 'file-0123', detail: 'auto' })),
      { code: 'image_file_not_found' });
  });
  test('a picture that is none', async () => {
    await refused(asking(message('a lamp', { type: 'input_image', image_url: data_url(Buffer.from('none')), detail: 'auto' })),
      { type: 'invalid_request_error' });
  });
  test('moderated words', async () => {
    await refused(asking('a forbidden lamp'), { type: 'image_generation_user_error', code: 'moderation_blocked' });
  });
});

describe('what can go wrong inside a response', () => {
  const words = lookalike({ faults: { text_instead: 1 } });
  const incomplete = lookalike({ faults: { incomplete: 1 } });
  const nothing = lookalike({ faults: { empty_data: 1 } });
  const blocked = lookalike({ faults: { moderation_output: 1 } });
  const flat = lookalike({ faults: { moderation_output: 1 }, wire: { flat_errors: true } });
  const cut = lookalike({ faults: { cut_stream: 1 } });

  test('words instead of a picture', async () => {
    const response = await words.client().responses.create(asking('a lamp'));
    assert.equal(response.status, 'completed');
    assert.equal(image_call(response), undefined);
    assert.match(response.output_text, /\?$/);
  });

  test('an incomplete response says why, as a stream too', async () => {
    const response = await incomplete.client().responses.create(asking('a lamp'));
    assert.equal(response.status, 'incomplete');
    assert.ok(['max_output_tokens', 'content_filter'].includes(response.incomplete_details.reason));
    const events = await all(await incomplete.client().responses.create(asking('another lamp', { stream: true })));
    assert.equal(events.at(-1).type, 'response.incomplete');
  });

  test('neither picture nor words', async () => {
    const response = await nothing.client().responses.create(asking('a lamp'));
    assert.equal(response.status, 'completed');
    assert.ok(!image_call(response)?.result);
    assert.equal(response.output_text, '');
  });

  for (const [name, simulator] of [['nested', blocked], ['flat', flat]]) {
    test(`moderation of the picture, errors ${name}: an APIError in the stream, or a failed item`, async () => {
      const seen = new Set();
      for (let i = 0; i < 12; ++i) {
        const stream = await simulator.client().responses.create(asking(`lamp ${i}`, { stream: true }));
        const { events, error } = await until_broken(stream);
        if (error) {
          assert.ok(error instanceof OpenAI.APIError, String(error));
          assert.equal(error.code, 'moderation_blocked');
          seen.add('error');
        } else {
          const { item } = events.find((event) => event.type === 'response.output_item.done');
          assert.equal(item.status, 'failed');
          assert.equal(item.error.code, 'moderation_blocked');
          assert.equal(item.error.moderation_details.moderation_stage, 'output');
          seen.add('item');
        }
      }
      assert.deepEqual([...seen].sort(), ['error', 'item']);
    });
  }

  test('a cut stream has no response.completed', async () => {
    for (let i = 0; i < 8; ++i) {
      let events = [];
      try {
        ({ events } = await until_broken(await cut.client().responses.create(asking(`lamp ${i}`, { stream: true }))));
      } catch (error) {
        assert.ok(error instanceof OpenAI.APIConnectionError, String(error));
      }
      assert.ok(!events.some((event) => event.type === 'response.completed'));
    }
  });
});
