import type { FrameQuestion } from '../../audit/index.js';

/** What can be drawn: which entries of the log make up the frame. */
export const SAMPLE_KINDS = ['readings', 'downloads', 'prints', 'refusals', 'emergency'] as const;
export type SampleKind = (typeof SAMPLE_KINDS)[number];

export const FRAMES: Record<SampleKind, Pick<FrameQuestion, 'acts' | 'decision'>> = {
  readings: { acts: ['reading.open'], decision: 'allow' },
  downloads: { acts: ['reading.download.begin'], decision: 'allow' },
  prints: { acts: ['reading.print'], decision: 'allow' },
  refusals: { acts: null, decision: 'deny' },
  emergency: { acts: ['reading.emergency'], decision: 'allow' },
};

export const MARKS = ['justified', 'not_justified', 'unclear'] as const;
export type Mark = (typeof MARKS)[number];
export const SAMPLE_STATES = ['announced', 'open', 'closed'] as const;
export type SampleState = (typeof SAMPLE_STATES)[number];
