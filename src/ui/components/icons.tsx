/** Small shapes drawn by hand on a 16-pixel grid; decorative, so hidden from readers of the screen. */
const SHAPES = {
  find: 'M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M10.4 10.4L14 14',
  sliders: 'M2 4.5h7M13 4.5h1M2 11.5h1M7 11.5h7M9 2.5v4M3.5 9.5v4',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M8 7v4.2M8 4.6v.4',
  check: 'M2.5 8.5l3.7 3.7L13.5 4',
  alert: 'M8 1.8L15 14H1zM8 6.2v3.6M8 11.8v.4',
  cross: 'M3 3l10 10M13 3L3 13',
  eye: 'M1 8s2.5-4.5 7-4.5S15 8 15 8s-2.5 4.5-7 4.5S1 8 1 8M8 6a2 2 0 1 1 0 4a2 2 0 0 1 0-4',
  lock: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  down: 'M8 2v8M4.5 7L8 10.5L11.5 7M2.5 13.5h11',
  clock: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M8 4.5V8l2.5 1.8',
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}

/** The archive's seal: the character 兰 as five strokes in a red square. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect x="1" y="1" width="30" height="30" rx="3" fill="var(--seal-solid)" />
      <path d="M10 7.5l2.6 3.6M22 7.5l-2.6 3.6M8 13.5h16M10.2 18.8h11.6M7 25h18" stroke="#fff" stroke-width="2.2" stroke-linecap="round" fill="none" />
    </svg>
  );
}

/** Shapes that tell states apart without colour. */
const STATE_SHAPES = {
  ring: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2" />,
  disc: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  square: <rect x="1.5" y="1.5" width="9" height="9" fill="currentColor" />,
  frame: <rect x="2" y="2" width="8" height="8" fill="none" stroke="currentColor" stroke-width="2" />,
  diamond: <path d="M6 .5L11.5 6L6 11.5L.5 6z" fill="currentColor" />,
  triangle: <path d="M6 1L11.5 11H.5z" fill="currentColor" />,
  back: <path d="M11 1v10L1 6z" fill="currentColor" />,
  on: <path d="M1 1v10l10-5z" fill="currentColor" />,
  half: (
    <g>
      <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M6 1.5a4.5 4.5 0 0 0 0 9z" fill="currentColor" />
    </g>
  ),
  bars: <path d="M2 1h3v10H2zM7 1h3v10H7z" fill="currentColor" />,
  cross: <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" stroke-width="2.4" />,
  dash: <path d="M1 6h10" stroke="currentColor" stroke-width="2.4" />,
} as const;

export type Shape = keyof typeof STATE_SHAPES;

export function StateShape({ shape }: { shape: Shape }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {STATE_SHAPES[shape]}
    </svg>
  );
}
