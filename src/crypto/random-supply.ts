/** Random bytes asked for at once: small requests are slow. */
const STOCK = 4096;

/** Hands out a stock of random bytes, each once; asks for more when it is used up. */
export function randomSupply(random: (n: number) => Buffer): (n: number) => Buffer {
  let stock = random(STOCK);
  return (n) => {
    if (stock.length < n) stock = random(Math.max(STOCK, n));
    const taken = stock.subarray(0, n);
    stock = stock.subarray(n);
    return taken;
  };
}
