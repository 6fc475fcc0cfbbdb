// packages: the official client and the image decoder, from the folder SDK_PACKAGES where `npm ci` put them.

import * as buffer from 'node:buffer';
import { createRequire } from 'node:module';
import path from 'node:path';

// Debian's Node 18 has no global File; the client's own message says to do this.
globalThis.File ??= buffer.File;

const require = createRequire(path.join(process.env.SDK_PACKAGES, 'package.json'));

export const OpenAI = require('openai');
export const { toFile } = OpenAI;
export const sharp = require('sharp');
// Two cores are shared with everything else, and the pictures are small.
sharp.concurrency(1);
