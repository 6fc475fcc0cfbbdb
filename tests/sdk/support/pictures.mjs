// pictures: made and looked at by another library than those of darkroom.

import assert from 'node:assert/strict';

import { sharp, toFile } from './packages.mjs';

// Header and pixels of a picture in base64. Rows of `channels` bytes a pixel.
export async function decode(base64) {
  assert.match(base64, /^[A-Za-z0-9+/]+={0,2}$/, 'plain base64, with padding');
  const bytes = Buffer.from(base64, 'base64');
  // A picture that is cut off or damaged is an error, not grey.
  const image = sharp(bytes, { failOn: 'warning' });
  const { format, width, height, hasAlpha } = await image.metadata();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { format, width, height, hasAlpha, data, channels: info.channels, bytes };
}

// Checks what a picture is; returns it decoded.
export async function check_picture(base64, { format = 'png', size = '1024x640', alpha = false } = {}) {
  const picture = await decode(base64);
  assert.equal(picture.format, format);
  assert.equal(`${picture.width}x${picture.height}`, size);
  assert.equal(picture.hasAlpha, alpha);
  return picture;
}

export function pixel(picture, x, y) {
  const at = (y * picture.width + x) * picture.channels;
  return [...picture.data.subarray(at, at + picture.channels)];
}

// Share of pixels in a rectangle that are not the same in both, to the last bit.
export function changed_share(a, b, { left, top, width, height }) {
  let changed = 0;
  for (let y = top; y < top + height; ++y)
    for (let x = left; x < left + width; ++x)
      if (pixel(a, x, y).slice(0, 3).join() !== pixel(b, x, y).slice(0, 3).join()) ++changed;
  return changed / (width * height);
}

// Mean distance of the samples of two pictures of one size, 0 to 255.
export function mean_difference(a, b) {
  assert.deepEqual([a.width, a.height, a.channels], [b.width, b.height, b.channels]);
  let sum = 0;
  for (let i = 0; i < a.data.length; ++i) sum += Math.abs(a.data[i] - b.data[i]);
  return sum / a.data.length;
}

// A disc of one colour on white, as the bytes of a file.
export async function disc(colour, { width = 512, height = 512, format = 'png' } = {}) {
  const radius = Math.min(width, height) / 3;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="white"/>
    <circle cx="50%" cy="50%" r="${radius}" fill="${colour}"/></svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().toFormat(format).toBuffer();
}

// Opaque black with a clear rectangle: what an edit may change.
export async function mask({ width, height, hole }) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <path fill-rule="evenodd" d="M0 0H${width}V${height}H0Z
      M${hole.left} ${hole.top}h${hole.width}v${hole.height}h${-hole.width}Z"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

export function upload(bytes, name = 'picture.png', type = `image/${name.split('.').pop().replace('jpg', 'jpeg')}`) {
  return toFile(bytes, name, { type });
}

// Pixels that are near to a colour.
export function count_near(picture, colour, within = 60) {
  let count = 0;
  for (let at = 0; at < picture.data.length; at += picture.channels) {
    if (colour.every((value, c) => Math.abs(picture.data[at + c] - value) <= within)) ++count;
  }
  return count;
}
