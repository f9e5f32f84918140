import { createHash } from 'node:crypto';
import { newestHead, type Actor, type FrameQuestion } from '../../audit/index.js';
import { dayOf, endOf, formatDay, parseDay, startOf, type Day } from '../../classification/index.js';
import { newId } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { ReportsDeps } from '../deps.js';
import { allowed, guarded, personOf } from './acts.js';
import { draw } from './draw.js';
import { walkFrame } from './frame.js';
import { FRAMES, type SampleKind } from './kinds.js';
import { findSample, insertItems, insertSample, lockSample, nextSampleNumber, openSampleRow, type SampleRow } from './store.js';

/** Longest time that one sample may cover, in days. */
const LONGEST = 366;

export interface SampleInput {
  kind: SampleKind;
  /** Local days, both included; they must be over. */
  from: string;
  to: string;
  size: number;
}

/**
 * Draws a sample. First its seed, how many entries it is drawn from and their digest are put on record, and stand in the signed
 * log; only then is it drawn, so that nobody can draw until he likes what he sees without that being seen.
 */
export async function takeSample(deps: ReportsDeps, actor: Actor, input: SampleInput): Promise<string> {
  const person = personOf(deps, actor, 'sample.draw');
  const rules = deps.rules.acting('oversight', deps.oversightRules.versions);
  const { largest, drawer_share: share, confidence } = rules.sampling;
  const period = periodOf(deps, input);
  if (!Number.isInteger(input.size) || input.size < 1 || input.size > largest) throw invalidField('size', 'out_of_range', { min: 1, max: largest });
  const head = await newestHead(deps.db);
  if (!head) throw invalidField('from', 'nothing_to_draw');
  const { count, digest } = await walkFrame(deps.db, { ...FRAMES[input.kind], ...period, head });
  if (count === 0) throw invalidField('from', 'nothing_to_draw');
  const id = newId();
  const at = deps.now();
  const size = Math.min(input.size, count);
  const seed = deps.random(32).toString('hex');
  const pending = await deps.db.tx(async (tx) => {
    const number = await nextSampleNumber(tx, dayOf(at, deps.settings.zone).y);
    const entry = await deps.audit.append(tx, {
      ...allowed(deps, actor),
      act: 'sample.announce',
      subject: { kind: 'sample', id },
      facts: {
        number,
        kind: input.kind,
        start: period.from.toISOString(),
        end: period.to.toISOString(),
        head: `${head.log}/${head.size}`,
        frame: count,
        digest,
        seed,
        size,
        rule: `${rules.name}@${rules.digest}`,
      },
    });
    await insertSample(tx, {
      id,
      number,
      kind: input.kind,
      from_day: input.from,
      to_day: input.to,
      from_at: period.from,
      to_at: period.to,
      head_log: head.log,
      head_size: head.size,
      seed,
      frame: count,
      frame_digest: digest,
      size,
      rules: `${rules.name}@${rules.digest}`,
      drawer_most: Math.floor(share * size),
      confidence,
      drawn_by: person,
      announced_at: at,
      entry: entry.id,
    });
    return entry;
  });
  await deps.audit.settled(pending);
  await drawSample(deps, actor, id);
  return id;
}

/** Draws what was announced; also where the program ended between the two. Only the log decides what comes of it. */
export async function drawSample(deps: ReportsDeps, actor: Actor, id: string): Promise<void> {
  personOf(deps, actor, 'sample.draw');
  await guarded(deps, actor, id, 'draw', async () => {
    const sample = await findSample(deps.db, id);
    if (!sample) throw new CodedError('not_found');
    if (sample.state !== 'announced') throw new CodedError('wrong_state', { params: { state: sample.state, step: 'draw' } });
    const positions = draw(sample.seed, sample.frame_digest, sample.frame, sample.size);
    const { count, digest, picked } = await walkFrame(deps.db, frameOf(sample), positions);
    // below a signed head nothing changes: another frame means that something is wrong with the log
    if (count !== sample.frame || digest !== sample.frame_digest) throw new CodedError('conflict', { detail: 'the frame is not the one that was announced' });
    await deps.db.tx(async (tx) => {
      const row = await lockSample(tx, id);
      if (row?.state !== 'announced') throw new CodedError('wrong_state', { params: { state: row?.state ?? '', step: 'draw' } });
      await insertItems(tx, id, picked);
      await openSampleRow(tx, id, deps.now());
      await deps.audit.append(tx, {
        ...allowed(deps, actor),
        act: 'sample.draw',
        subject: { kind: 'sample', id },
        facts: { number: row.number, count: picked.length, positions: `sha256:${createHash('sha256').update(positions.join(',')).digest('hex')}` },
      });
    });
  });
}

const frameOf = (sample: SampleRow): FrameQuestion => ({
  ...FRAMES[sample.kind],
  from: sample.from_at,
  to: sample.to_at,
  head: { log: sample.head_log, size: sample.head_size },
});

function dayIn(name: 'from' | 'to', text: string): Day {
  const at = Date.parse(`${text}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(at) || !new Date(at).toISOString().startsWith(text)) throw invalidField(name, 'not_a_date');
  return parseDay(text);
}

/** The time that days cover in the archive's zone. */
function periodOf(deps: ReportsDeps, input: Pick<SampleInput, 'from' | 'to'>): { from: Date; to: Date } {
  const { zone } = deps.settings;
  const [from, to] = [dayIn('from', input.from), dayIn('to', input.to)];
  if (input.to < input.from) throw invalidField('to', 'out_of_range', { min: input.from, max: formatDay(dayOf(deps.now(), zone)) });
  const start = startOf(from, zone);
  const end = endOf(to, zone);
  if (end > deps.now()) throw invalidField('to', 'not_over_yet');
  if (end.getTime() - start.getTime() > LONGEST * 86_400_000 + 7_200_000) throw invalidField('from', 'too_long', { max: LONGEST });
  return { from: start, to: end };
}
