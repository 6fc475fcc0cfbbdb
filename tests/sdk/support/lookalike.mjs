// lookalike: `darkroom simulate` as a process of its own, and the official client that talks to it.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';

import { OpenAI } from './packages.mjs';

// Nothing fails and nothing takes time; pictures are colour fields unless a test looks at them.
const quiet = { profile: 'instant', art: 'flat' };

async function start(profile) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'darkroom-sdk-'));
  const file = path.join(folder, 'profile.json');
  await writeFile(file, JSON.stringify({ ...quiet, ...profile }));
  const server = spawn(process.env.DARKROOM, ['simulate', '--listen', '127.0.0.1:0', '--profile', file],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  if (!url?.startsWith('http://')) throw new Error(`the look-alike did not start: ${url}`);
  return {
    url,
    async stop() {
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

// A look-alike for the tests of one describe block. `client()` gives an official client for it: no retries unless a
// test asks for them, and every request noted in `requests`.
export function lookalike(profile = {}) {
  const simulator = { requests: [], url: '' };
  let running;
  before(async () => {
    running = await start(profile);
    simulator.url = running.url;
  });
  after(() => running?.stop());

  simulator.client = (options = {}) =>
    new OpenAI({
      apiKey: 'sk-anything',
      baseURL: simulator.url,
      maxRetries: 0,
      timeout: 60_000,
      fetch: (url, init) => {
        simulator.requests.push({
          method: init.method.toUpperCase(),
          path: new URL(url).pathname,
          headers: new Headers(init.headers),
          time: performance.now(),
        });
        return fetch(url, init);
      },
      ...options,
    });
  simulator.bill = async () => {
    const answer = await fetch(new URL('/simulator/bill?details=1', simulator.url));
    return answer.json();
  };
  return simulator;
}

// What `promise` is rejected with; fails when it is not.
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('this should have been refused');
}

export async function all(stream) {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

// What comes before the stream breaks, and what it breaks with.
export async function until_broken(stream) {
  const events = [];
  try {
    for await (const event of stream) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: null };
}
