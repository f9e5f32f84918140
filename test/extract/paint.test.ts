import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { Sheet } from '../../src/documents/index.js';
import { createPainter, type PaintInput, type PaintResult } from '../../src/extract/index.js';

const painter = createPainter({ processes: 1 });
test.after.always(() => painter.close());

const MARK = ['李敏 Q-2026-000123', '2026-11-27 14:05'];
const at = new Date('2026-11-27T06:05:00Z');

async function twoPages(): Promise<Buffer> {
  const sheet = new Sheet({ title: { zh: '处理记录', en: 'Record' }, archive: '云栖', madeAt: at, zone: 'Asia/Shanghai' });
  sheet.paragraph('客户来电反映宽带掉线。 SECRETPHRASE');
  sheet.page();
  sheet.paragraph('第二页 second page');
  return sheet.finish();
}

function input(bytes: Buffer, change: Partial<PaintInput> = {}): PaintInput {
  return { body: Readable.from([bytes]), size: bytes.length, mediaType: 'application/pdf', page: 1, mark: [], ...change };
}

interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

async function pixels(result: PaintResult): Promise<Pixels> {
  if (!result.ok) throw new Error(result.reason);
  const image = await loadImage(result.value.jpeg);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return { width: image.width, height: image.height, data: context.getImageData(0, 0, image.width, image.height).data as Uint8ClampedArray };
}

/** Share of reddish pixels in a part of a picture: what the mark leaves on white paper. */
function red({ width, data }: Pixels, x: number, y: number, w: number, h: number): number {
  let found = 0;
  for (let row = y; row < y + h; row++) {
    for (let column = x; column < x + w; column++) {
      const i = (row * width + column) * 4;
      if ((data[i] ?? 0) - (data[i + 2] ?? 0) > 12) found++;
    }
  }
  return found / (w * h);
}

test.serial('R46: a page is painted with Chinese text, and every part of it bears the mark', async (t) => {
  const pdf = await twoPages();
  const plain = await painter.paint(input(pdf));
  const marked = await painter.paint(input(pdf, { mark: MARK, page: 2 }));
  t.true(plain.ok && plain.value.pages === 2);
  const [a, b] = [await pixels(plain), await pixels(marked)];
  t.true(a.width >= 1000 && a.height > a.width);
  t.is(red(a, 0, 0, a.width, a.height), 0);
  // whatever third of a page in either direction is cut out, the mark is in it
  const [w, h] = [Math.floor(b.width / 3), Math.floor(b.height / 3)];
  for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) t.true(red(b, column * w, row * h, w, h) > 0.004, `${column},${row}`);
});

const ocr = spawnSync('tesseract', ['--version']).error === undefined ? test.serial : test.serial.skip; // apt-get install tesseract-ocr
ocr('R46: the number of who reads can be read from a copy', async (t) => {
  const white = createCanvas(1200, 1600);
  const context = white.getContext('2d');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, 1200, 1600);
  const png = await white.encode('png');
  const result = await painter.paint(input(png, { mediaType: 'image/png', mark: MARK }));
  if (!result.ok) throw new Error(result.reason);
  // turned back by the angle of the mark, as anybody would who looks at a leaked copy
  const straight = createCanvas(1600, 1600);
  const turned = straight.getContext('2d');
  turned.fillStyle = '#ffffff';
  turned.fillRect(0, 0, 1600, 1600);
  turned.translate(800, 800);
  turned.rotate(Math.PI / 7);
  turned.drawImage(await loadImage(result.value.jpeg), -600, -800);
  const read = spawnSync('tesseract', ['stdin', 'stdout', '--psm', '11'], { input: await straight.encode('png'), encoding: 'utf8' });
  t.regex(read.stdout, /Q-2026-000123/);
  t.regex(read.stdout, /2026-11-27/);
});

test.serial('what is blacked out is black pixels and nothing else', async (t) => {
  const pdf = await twoPages();
  const boxes = [{ x: 0.05, y: 0.08, width: 0.6, height: 0.1 }];
  const result = await painter.paint(input(pdf, { boxes }));
  const { width, height, data } = await pixels(result);
  for (const [x, y] of [
    [0.06, 0.09],
    [0.3, 0.13],
    [0.64, 0.17],
  ] as const) {
    const i = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
    t.true((data[i] ?? 255) < 12 && (data[i + 1] ?? 255) < 12 && (data[i + 2] ?? 255) < 12);
  }
  if (result.ok) t.false(result.value.jpeg.includes('SECRETPHRASE'));
});

test.serial('what is not a page is refused with its reason, and the next file is painted all the same', async (t) => {
  const pdf = await twoPages();
  const say = async (one: PaintInput): Promise<string> => {
    const result = await painter.paint(one);
    return result.ok ? 'painted' : result.reason;
  };
  t.is(await say(input(pdf, { page: 3 })), 'no_such_page');
  t.is(await say(input(Buffer.from('%PDF-1.7 nothing'))), 'damaged');
  t.is(await say(input(Buffer.from('word'), { mediaType: 'application/msword' })), 'not_paintable');
  t.is(await say(input(pdf, { size: 1e9 })), 'too_large');
  t.is(await say(input(pdf)), 'painted');
});

test.serial('pixels, bytes, time and memory have limits', async (t) => {
  const pdf = await twoPages();
  const small = createPainter({ processes: 1, pixels: 100_000, inputBytes: 1_000_000, sourcePixels: 1_000_000 });
  const result = await small.paint(input(pdf));
  t.true(result.ok && result.value.width * result.value.height <= 100_000);
  const big = await createCanvas(1500, 1500).encode('png');
  const bomb = await small.paint(input(big, { mediaType: 'image/png' }));
  t.deepEqual(bomb, { ok: false, reason: 'too_large' });
  const lied = await small.paint(input(Buffer.alloc(2_000_000), { size: 10 }));
  t.deepEqual(lied, { ok: false, reason: 'too_large' });
  await small.close();
  const slow = createPainter({ processes: 1, milliseconds: 1 });
  t.deepEqual(await slow.paint(input(pdf)), { ok: false, reason: 'too_slow' });
  await slow.close();
  const poor = createPainter({ processes: 1, memoryMb: 40 });
  t.deepEqual(await poor.paint(input(pdf)), { ok: false, reason: 'too_much_memory' });
  await poor.close();
});

/** Painting processes that run under this one. */
function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
        return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('/paint/main.js');
      } catch {
        return false;
      }
    });
}

const linux = process.platform === 'linux' ? test.serial : test.serial.skip;
linux('a process that ended while it waited, or holds on to too much, costs nobody a page', async (t) => {
  const pdf = await twoPages();
  const before = new Set(processes());
  const own = (): number[] => processes().filter((pid) => !before.has(pid));
  const one = createPainter({ processes: 1 });
  t.true((await one.paint(input(pdf))).ok);
  const [kept = 0, ...more] = own();
  t.true(kept > 0 && more.length === 0);
  process.kill(kept, 'SIGKILL');
  while (own().includes(kept)) await sleep(10);
  await sleep(50);
  t.true((await one.paint(input(pdf))).ok, 'another one paints');
  await one.close();
  const heavy = createPainter({ processes: 1, memoryMb: 4000 });
  t.true((await heavy.paint(input(pdf))).ok);
  t.is(own().length, 1);
  await heavy.close();
  const tight = createPainter({ processes: 1, memoryMb: 250 });
  t.true((await tight.paint(input(pdf))).ok);
  t.deepEqual(own(), [], 'more than half of what it may take is not kept');
  await tight.close();
});

test.serial('a file that fails while it waits for its turn ends alone, and no more wait than may', async (t) => {
  const pdf = await twoPages();
  const one = createPainter({ processes: 1 });
  const first = one.paint(input(pdf));
  const broken = input(pdf);
  const second = one.paint(broken);
  broken.body.destroy(new Error('revoked'));
  const others = Array.from({ length: 70 }, () => one.paint({ ...input(pdf), page: 9 }));
  t.true((await first).ok);
  await t.throwsAsync(second, { message: 'revoked' });
  const reasons = (await Promise.all(others)).map((result) => (result.ok ? 'painted' : result.reason));
  t.is(reasons.filter((reason) => reason === 'busy').length, 7);
  t.is(reasons.filter((reason) => reason === 'no_such_page').length, 63);
  await one.close();
});
