import { crc32, deflateSync } from 'node:zlib';
import { Chance } from '../random.js';

type Colour = readonly [number, number, number];

/** A picture of pixels, written as PNG. */
class Picture {
  private readonly data: Buffer;

  constructor(
    readonly width: number,
    readonly height: number,
    paper: Colour,
  ) {
    this.data = Buffer.alloc(width * height * 3);
    for (let i = 0; i < width * height; i++) this.paint(i, paper);
  }

  private paint(index: number, [red, green, blue]: Colour): void {
    this.data[index * 3] = red;
    this.data[index * 3 + 1] = green;
    this.data[index * 3 + 2] = blue;
  }

  dot(x: number, y: number, colour: Colour): void {
    const [column, row] = [Math.round(x), Math.round(y)];
    if (column >= 0 && row >= 0 && column < this.width && row < this.height) this.paint(row * this.width + column, colour);
  }

  box(x: number, y: number, width: number, height: number, colour: Colour): void {
    for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) this.dot(x + column, y + row, colour);
  }

  png(): Buffer {
    const head = Buffer.alloc(13);
    head.writeUInt32BE(this.width, 0);
    head.writeUInt32BE(this.height, 4);
    head.set([8, 2, 0, 0, 0], 8);
    const line = this.width * 3;
    const raw = Buffer.alloc((line + 1) * this.height);
    for (let row = 0; row < this.height; row++) this.data.copy(raw, row * (line + 1) + 1, row * line, (row + 1) * line);
    const parts = [chunk('IHDR', head), chunk('IDAT', deflateSync(raw, { level: 6 })), chunk('IEND', Buffer.alloc(0))];
    return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
  }
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A photograph from the spot, drawn: a wall, a device with lamps, a cable. */
export function photo(salt: number): Buffer {
  const chance = new Chance(`photo ${salt}`);
  const wall: Colour = [chance.int(205, 235), chance.int(205, 230), chance.int(195, 225)];
  const picture = new Picture(480, 320, wall);
  for (let i = 0; i < 9000; i++) {
    const shade = chance.int(-9, 9);
    picture.dot(chance.int(0, 479), chance.int(0, 319), [wall[0] + shade, wall[1] + shade, wall[2] + shade]);
  }
  picture.box(0, 262, 480, 58, [138, 112, 84]);
  const x = chance.int(120, 200);
  const y = chance.int(110, 160);
  picture.box(x + 6, y + 6, 190, 96, [120, 118, 112]);
  picture.box(x, y, 190, 96, [38, 40, 44]);
  for (let lamp = 0; lamp < 6; lamp++) picture.box(x + 18 + lamp * 28, y + 70, 9, 9, chance.percent(25) ? [214, 48, 40] : [70, 200, 90]);
  picture.box(x + 18, y + 16, 90, 24, [236, 236, 230]);
  for (let step = 0; step < 400; step++) picture.box(x + 95 + Math.sin(step / 38) * 34, y + 96 + step / 2.6, 3, 3, [232, 196, 60]);
  return picture.png();
}

/** A signature as a pen draws it. */
export function signature(salt: number): Buffer {
  const chance = new Chance(`signature ${salt}`);
  const picture = new Picture(320, 120, [255, 255, 255]);
  const [a, b, c] = [3 + chance.next() * 4, 7 + chance.next() * 5, chance.next() * 6];
  for (let t = 0; t < 1; t += 0.0006) {
    const x = 30 + t * 250 + Math.sin(t * b * 6 + c) * 16;
    const y = 62 + Math.sin(t * a * 6) * 30 * (1 - t * 0.5) + Math.cos(t * b * 9) * 10;
    picture.box(x, y, 2, 2, [24, 34, 96]);
  }
  return picture.png();
}
