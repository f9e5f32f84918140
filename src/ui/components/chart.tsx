export interface Bar {
  label: string;
  value: number;
  href?: string | undefined;
}

const WIDTH = 720;
const HEIGHT = 180;
const FOOT = 24;

/** Columns over time, each a link; a table with the same figures stands beside it. */
export function BarChart({ bars, label, say }: { bars: readonly Bar[]; label: string; say: (bar: Bar) => string }) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const step = WIDTH / Math.max(1, bars.length);
  const every = Math.ceil(bars.length / 14);
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT + FOOT}`} role="group" aria-label={label}>
      <line x1="0" x2={WIDTH} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} />
      {bars.map((bar, index) => {
        const height = bar.value === 0 ? 0 : Math.max(2, Math.round((bar.value / most) * (HEIGHT - 24)));
        const x = index * step;
        const wide = Math.min(48, step * 0.72);
        const mark = (
          <>
            <rect x={x} y="0" width={step} height={HEIGHT} fill="transparent" />
            <rect class="bar-mark" x={x + (step - wide) / 2} y={HEIGHT - height} width={wide} height={height} />
            {step >= 30 && bar.value > 0 ? (
              <text x={x + step / 2} y={HEIGHT - height - 6} text-anchor="middle">
                {bar.value}
              </text>
            ) : null}
          </>
        );
        return (
          <g key={bar.label}>
            {bar.href ? (
              <a href={bar.href} aria-label={say(bar)}>
                <title>{say(bar)}</title>
                {mark}
              </a>
            ) : (
              mark
            )}
            {index % every === 0 ? (
              <text x={x + step / 2} y={HEIGHT + 18} text-anchor="middle">
                {bar.label}
              </text>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
