// Makes the fonts in assets/fonts from the npm package of Noto Sans SC. Needed only when they are to be made anew:
//   npm install --no-save @expo-google-fonts/noto-sans-sc@0.4.3 subset-font@2.9.0 && node scripts/fonts/subset.mjs
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';

const require = createRequire(import.meta.url);
const source = dirname(require.resolve('@expo-google-fonts/noto-sans-sc/package.json'));
const target = fileURLToPath(new URL('../../assets/fonts/', import.meta.url));
const gbk = new TextDecoder('gbk', { fatal: true });

/** Characters of a range of lead and trail bytes; undefined pairs are left out. */
function pairs(leads, trails) {
  let text = '';
  for (let lead = leads[0]; lead <= leads[1]; lead++) {
    for (let trail = trails[0]; trail <= trails[1]; trail++) {
      try {
        text += gbk.decode(Uint8Array.of(lead, trail));
      } catch {
        // no such character
      }
    }
  }
  return text;
}

function range(from, to) {
  return Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join('');
}

const COMMON = range(0x20, 0x7e) + range(0xa0, 0x17f) + range(0x384, 0x3ff) + range(0x400, 0x45f) + range(0x2010, 0x2044) + '€₂№™Ω←↑→↓✓✔✗■□▲△●○◎★☆①②③④⑤⑥⑦⑧⑨⑩';
const weights = [
  // every name that GBK can write: a transfer list must not print an empty box for a person
  ['NotoSansSC-Regular.ttf', '400Regular/NotoSansSC_400Regular.ttf', COMMON + pairs([0x81, 0xfe], [0x40, 0xfe])],
  // titles and table heads, which are our own words
  ['NotoSansSC-Bold.ttf', '700Bold/NotoSansSC_700Bold.ttf', COMMON + pairs([0xa1, 0xf7], [0xa1, 0xfe])],
];

for (const [name, file, characters] of weights) {
  const font = await subsetFont(await readFile(join(source, file)), characters, { targetFormat: 'truetype' });
  await writeFile(join(target, name), font);
  console.log(name, font.length);
}
await copyFile(join(source, 'LICENSE_FONT'), join(target, 'OFL.txt'));
