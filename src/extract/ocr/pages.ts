/** A picture of one page as it comes out of the renderer: a grey map with its own head. */
const HEAD = /^P5\s+(\d{1,6})\s+(\d{1,6})\s+255\s/;
const LONGEST_HEAD = 64;

/** Cuts a stream of grey maps, which follow one another without a gap, into single ones. */
export async function* pagesOf(stream: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  let wanted: number | undefined;
  for await (const chunk of stream) {
    held.push(chunk);
    length += chunk.length;
    for (;;) {
      wanted ??= wholeLength(held, mostBytes);
      if (wanted === undefined || length < wanted) break;
      const all = Buffer.concat(held);
      yield all.subarray(0, wanted);
      held = [all.subarray(wanted)];
      length = all.length - wanted;
      wanted = undefined;
    }
  }
}

/** Length of the map that begins here with its head, or `undefined` while the head is not whole. */
function wholeLength(held: readonly Buffer[], mostBytes: number): number | undefined {
  const start = Buffer.concat(held.map((one) => one.subarray(0, LONGEST_HEAD))).toString('latin1', 0, LONGEST_HEAD);
  const head = HEAD.exec(start);
  if (head === null) {
    if (start.length >= LONGEST_HEAD) throw new RangeError('not a grey map');
    return undefined;
  }
  const size = head[0].length + Number(head[1]) * Number(head[2]);
  if (size > mostBytes) throw new RangeError('page too large');
  return size;
}
