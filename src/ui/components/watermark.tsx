/** Over the whole sheet, on screen and on every printed page: who reads, under what number, and when. */
export function Watermark({ lines }: { lines: readonly string[] }) {
  const places = Array.from({ length: 24 }, (_, i) => ({ x: `${(i % 3) * 34 + (Math.floor(i / 3) % 2) * 12}%`, y: `${Math.floor(i / 3) * 12.5 + 8}%` }));
  return (
    <svg class="watermark" width="100%" height="100%" aria-hidden="true" focusable="false">
      {places.map(({ x, y }, index) => (
        <svg key={index} x={x} y={y} overflow="visible">
          <g transform="rotate(-24)">
            {lines.map((line, row) => (
              <text key={row} y={row * 18}>
                {line}
              </text>
            ))}
          </g>
        </svg>
      ))}
    </svg>
  );
}
