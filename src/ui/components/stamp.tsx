import { useView } from './context.js';

/** What the archiving stamp 归档章 says, in the order of the rubber one: two rows of three boxes. */
export interface Stamp {
  fonds: string;
  year: string;
  item: string;
  /** Office or subject. */
  office: string;
  term: string;
  /** Pages, or the duration of a recording. */
  extent: string;
}

const WIDTH = 108;
const HEAD = 17;
const BODY = 27;

/** The stamp, drawn in seal red as it would be pressed on paper. */
export function ArchivingStamp({ stamp }: { stamp: Stamp }) {
  const { p } = useView();
  const labels = p.ui.stamp;
  const boxes = [
    [labels.fonds, stamp.fonds],
    [labels.year, stamp.year],
    [labels.item, stamp.item],
    [labels.office, stamp.office],
    [labels.term, stamp.term],
    [labels.extent, stamp.extent],
  ] as const;
  const row = HEAD + BODY;
  return (
    <svg
      class="stamp"
      width={WIDTH * 3 + 6}
      height={row * 2 + 6}
      viewBox={`-3 -3 ${WIDTH * 3 + 6} ${row * 2 + 6}`}
      role="img"
      aria-label={`${labels.name}: ${boxes.map(([label, value]) => `${label} ${value}`).join(', ')}`}
    >
      <rect x="0" y="0" width={WIDTH * 3} height={row * 2} fill="none" stroke="currentColor" stroke-width="2.5" />
      <path
        d={`M0 ${row}H${WIDTH * 3}M${WIDTH} 0V${row * 2}M${WIDTH * 2} 0V${row * 2}M0 ${HEAD}H${WIDTH * 3}M0 ${row + HEAD}H${WIDTH * 3}`}
        stroke="currentColor"
        fill="none"
      />
      {boxes.map(([label, value], index) => {
        const x = (index % 3) * WIDTH + WIDTH / 2;
        const y = Math.floor(index / 3) * row;
        const length = [...value].reduce((sum, c) => sum + (c.charCodeAt(0) > 0xff ? 2 : 1), 0);
        return (
          <g key={label} text-anchor="middle">
            <text x={x} y={y + 12.5} font-size="10">
              {label}
            </text>
            <text class="value" x={x} y={y + HEAD + 19} font-size={length > 18 ? 9 : length > 12 ? 12 : 16}>
              {value}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
