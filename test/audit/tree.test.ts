import test from 'ava';
import fc from 'fast-check';
import { consistencyProof, inclusionProof, readerOf, verifyConsistency, verifyInclusion } from '../../src/audit/log/proofs.js';
import { Edge, hashesOf, type Tile } from '../../src/audit/log/tiles.js';
import { completeRoot, EMPTY_ROOT, Frontier, leafHash, rootOf, type Hash } from '../../src/audit/log/tree.js';

/** The inputs and roots that implementations of RFC 6962 share as test values. */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const LEAVES = INPUTS.map((hex) => leafHash(Buffer.from(hex, 'hex')));

const hex = (hashes: readonly Hash[]): string[] => hashes.map((hash) => hash.toString('hex'));
const leavesOf = (n: number): Hash[] => Array.from({ length: n }, (_, i) => leafHash(`entry ${i}`));

test('R55: roots are those of RFC 6962', (t) => {
  t.is(EMPTY_ROOT.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (const [i, root] of ROOTS.entries()) t.is(rootOf(LEAVES.slice(0, i + 1)).toString('hex'), root);
});

test('proofs are those of RFC 6962', async (t) => {
  const read = readerOf(LEAVES);
  t.deepEqual(hex(await inclusionProof(read, 5n, 8n)), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  t.deepEqual(hex(await consistencyProof(read, 6n, 8n)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

const place = fc.integer({ min: 1, max: 700 }).chain((size) => fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }));

test('every inclusion proof verifies, and for its own leaf, place and size only', async (t) => {
  const leaves = leavesOf(701);
  await fc.assert(
    fc.asyncProperty(place, async ({ size, index }) => {
      const proof = await inclusionProof(readerOf(leaves), BigInt(index), BigInt(size));
      const root = rootOf(leaves.slice(0, size));
      const leaf = leaves[index]!;
      t.true(verifyInclusion(leaf, BigInt(index), BigInt(size), proof, root));
      t.false(verifyInclusion(leaves[700]!, BigInt(index), BigInt(size), proof, root));
      t.false(verifyInclusion(leaf, BigInt(index), BigInt(size), [...proof, leaf], root));
      if (size > 1) t.false(verifyInclusion(leaf, BigInt((index + 1) % size), BigInt(size), proof, root));
    }),
    { numRuns: 60 },
  );
});

test('every consistency proof verifies, and a changed past does not', async (t) => {
  const leaves = leavesOf(700);
  await fc.assert(
    fc.asyncProperty(place, async ({ size, index: from }) => {
      const proof = await consistencyProof(readerOf(leaves), BigInt(from), BigInt(size));
      const root = rootOf(leaves.slice(0, size));
      t.true(verifyConsistency(BigInt(from), BigInt(size), rootOf(leaves.slice(0, from)), root, proof));
      if (from === 0) return;
      const changed = [...leaves.slice(0, from - 1), leafHash('another')];
      t.false(verifyConsistency(BigInt(from), BigInt(size), rootOf(changed), root, proof));
    }),
    { numRuns: 60 },
  );
});

test('the right edge gives the same root as the whole list, and can be taken up anywhere', (t) => {
  const leaves = leavesOf(600);
  const edge = new Edge();
  const frontier = new Frontier();
  const tiles: Tile[] = [];
  for (const [i, leaf] of leaves.entries()) {
    tiles.push(...edge.append(leaf));
    frontier.append(leaf);
    if (i % 37 === 0 || i === 255 || i === 256 || i === 511) {
      const root = rootOf(leaves.slice(0, i + 1));
      t.true(edge.root().equals(root));
      t.true(edge.copy().root().equals(root));
      t.true(new Frontier(frontier.size, frontier.roots).root().equals(root));
    }
  }
  t.deepEqual(
    tiles.map((tile) => [tile.level, tile.index]),
    [
      [0, 0n],
      [0, 1n],
    ],
  );
  t.true(completeRoot(hashesOf(tiles[0]!.hashes)).equals(rootOf(leaves.slice(0, 256))));
  t.throws(() => new Edge(5n, [leaves.slice(0, 3)]));
  t.throws(() => new Frontier(3n, [leaves[0]!]));
});

test('a tile of tiles is filled after 65,536 entries', (t) => {
  const edge = new Edge();
  const leaf = leafHash('x');
  let upper: Tile | undefined;
  for (let i = 0; i < 65_536; i++) upper = edge.append(leaf).find((tile) => tile.level === 1) ?? upper;
  t.is(upper?.index, 0n);
  t.true(completeRoot(hashesOf(upper!.hashes)).equals(edge.root()));
});
