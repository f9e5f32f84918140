import { behindSignal, type Actor, type LoggedEntry } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import type { ReportsDeps } from '../deps.js';
import { after, PAGE, pageOf, placeOf, type Page } from '../page.js';
import { note, personOf } from './acts.js';
import { estimate, type Interval } from './interval.js';
import type { Mark, SampleKind, SampleState } from './kinds.js';
import { markContext } from './mark.js';
import { countToMark, findItem, findSample, itemRows, listSampleRows, marksOf, nextToMark, type Counts, type ItemRow, type SampleRow } from './store.js';

export interface SampleSummary {
  id: string;
  number: string;
  kind: SampleKind;
  from: string;
  to: string;
  frame: number;
  size: number;
  state: SampleState;
  drawnBy: string;
  announcedAt: string;
  closedAt: string | null;
  justified: number;
  notJustified: number;
  unclear: number;
  waiting: number;
}

/** What a finished sample says of all that it was drawn from. */
export interface SampleResult {
  /** `wilson`: Wilson's score interval; `all`: every entry was looked at. */
  method: 'wilson' | 'all';
  confidence: number;
  notJustified: Interval;
  unclear: Interval;
}

export interface SampleItem {
  position: number;
  entryId: string;
  log: string;
  sequence: string;
  /** `null`: nobody is known. */
  personId: string | null;
  /** About the viewer: others mark it, and he is not shown how. */
  own: boolean;
  mark: Mark | null;
  markedBy: string | null;
  markedAt: string | null;
  note: string | null;
  caseId: string | null;
  caseNumber: string | null;
  mayMark: boolean;
  mayOpenCase: boolean;
  /** The entry that was drawn. */
  logged: LoggedEntry | null;
}

export interface SampleView extends SampleSummary {
  rules: string;
  /** `2026/1234`: it is drawn from the log below this size. */
  head: string;
  seed: string;
  frameDigest: string;
  fromAt: string;
  toAt: string;
  drawnAt: string | null;
  closedBy: string | null;
  /** As many of the items whoever drew it may mark himself. */
  drawerMost: number;
  /** `null` until every item is marked. */
  result: SampleResult | null;
  items: SampleItem[];
  /** `after` of the next page of items; `null` on the last. */
  next: number | null;
  mayDraw: boolean;
  mayClose: boolean;
  /** The first item that waits for this viewer. */
  toMark: number | null;
}

const summary = (row: SampleRow & Counts): SampleSummary => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  from: row.from_day,
  to: row.to_day,
  frame: row.frame,
  size: row.size,
  state: row.state,
  drawnBy: row.drawn_by,
  announcedAt: row.announced_at.toISOString(),
  closedAt: row.closed_at?.toISOString() ?? null,
  justified: row.justified,
  notJustified: row.not_justified,
  unclear: row.unclear,
  waiting: row.size - row.justified - row.not_justified - row.unclear,
});

function resultOf(row: SampleRow & Counts): SampleResult | null {
  if (row.justified + row.not_justified + row.unclear < row.size) return null;
  const { method, ...notJustified } = estimate(row.not_justified, row.size, row.frame, row.confidence);
  const { method: _same, ...unclear } = estimate(row.unclear, row.size, row.frame, row.confidence);
  return { method, confidence: row.confidence, notJustified, unclear };
}

/** Samples, newest first. */
export async function listSamples(
  deps: ReportsDeps,
  actor: Actor,
  input: { state?: SampleState | undefined; after?: string | undefined } = {},
): Promise<Page<SampleSummary>> {
  personOf(deps, actor, 'sample.view');
  const rows = await listSampleRows(deps.db, { state: input.state }, after(input.after), PAGE + 1);
  await note(deps, actor, { act: 'sample.list', subject: { kind: 'list', id: 'samples' }, facts: { shown: Math.min(rows.length, PAGE) } });
  return pageOf(rows, summary, (row) => placeOf(row.announced_at, row.id));
}

/** How many open samples wait for this person: what stands on the home page. */
export function samplesToMark(deps: ReportsDeps, actor: Actor): Promise<number> {
  return countToMark(deps.db, personOf(deps, actor, 'sample.mark'));
}

interface Viewer {
  person: string;
  mayMark: boolean;
  mayCase: boolean;
}

async function viewerOf(deps: ReportsDeps, actor: Actor, sample: SampleRow): Promise<Viewer> {
  const person = personOf(deps, actor, 'sample.view');
  const left = sample.drawn_by === person ? sample.drawer_most - (await marksOf(deps.db, sample.id, person, -1)) : 1;
  return {
    person,
    mayMark: sample.state === 'open' && left > 0 && deps.access.mayEver(actor, 'sample.mark'),
    mayCase: deps.access.mayEver(actor, 'case.work'),
  };
}

function itemOf(deps: ReportsDeps, sample: SampleRow, viewer: Viewer, row: ItemRow, entries: ReadonlyMap<string, LoggedEntry>): SampleItem {
  const own = row.person_id === viewer.person;
  const text =
    row.note_sealed === null || row.mark_id === null || own
      ? null
      : openField(deps.keystore.secret('samples'), markContext(sample.id, row.mark_id), row.note_sealed);
  const doubted = row.mark === 'not_justified' || row.mark === 'unclear';
  // whoever drew it may still change what he marked himself
  const mayMark = !own && (viewer.mayMark || (sample.state === 'open' && row.marked_by === viewer.person));
  return {
    position: row.position,
    entryId: row.entry_id,
    log: row.log,
    sequence: String(row.sequence),
    personId: row.person_id,
    own,
    mark: own ? null : row.mark,
    markedBy: own ? null : row.marked_by,
    markedAt: own ? null : (row.marked_at?.toISOString() ?? null),
    note: text,
    caseId: own ? null : row.case_id,
    caseNumber: own ? null : row.case_number,
    mayMark,
    mayOpenCase: viewer.mayCase && !own && doubted && row.case_id === null && row.person_id !== null,
    logged: entries.get(row.entry_id) ?? null,
  };
}

async function itemsOf(deps: ReportsDeps, sample: SampleRow, viewer: Viewer, rows: readonly ItemRow[]): Promise<SampleItem[]> {
  const entries = await behindSignal(deps.db, { entries: rows.map((row) => row.entry_id) });
  const byId = new Map(entries.map((one) => [one.id, one]));
  return rows.map((row) => itemOf(deps, sample, viewer, row, byId));
}

/** One sample: how it was drawn, how far it is, what it says, and a page of its items. */
export async function viewSample(deps: ReportsDeps, actor: Actor, id: string, behind = -1): Promise<SampleView> {
  personOf(deps, actor, 'sample.view');
  const row = await findSample(deps.db, id);
  if (!row) throw new CodedError('not_found');
  const viewer = await viewerOf(deps, actor, row);
  await note(deps, actor, { act: 'sample.view', subject: { kind: 'sample', id }, facts: { number: row.number } });
  const rows = await itemRows(deps.db, id, behind, PAGE + 1);
  const shown = rows.slice(0, PAGE);
  const whole = summary(row);
  return {
    ...whole,
    rules: row.rules,
    head: `${row.head_log}/${row.head_size}`,
    seed: row.seed,
    frameDigest: row.frame_digest,
    fromAt: row.from_at.toISOString(),
    toAt: row.to_at.toISOString(),
    drawnAt: row.drawn_at?.toISOString() ?? null,
    closedBy: row.closed_by,
    drawerMost: row.drawer_most,
    result: resultOf(row),
    items: await itemsOf(deps, row, viewer, shown),
    next: rows.length > PAGE ? (shown.at(-1)?.position ?? null) : null,
    mayDraw: row.state === 'announced' && deps.access.mayEver(actor, 'sample.draw'),
    mayClose: row.state === 'open' && whole.waiting === 0 && deps.access.mayEver(actor, 'sample.mark'),
    toMark: viewer.mayMark ? await nextToMark(deps.db, id, viewer.person, -1) : null,
  };
}

/** One item of a sample, and where the next one is that waits for the viewer. */
export async function viewSampleItem(
  deps: ReportsDeps,
  actor: Actor,
  id: string,
  position: number,
): Promise<{ sample: SampleSummary; item: SampleItem; next: number | null }> {
  personOf(deps, actor, 'sample.view');
  const sample = await findSample(deps.db, id);
  const row = sample && (await findItem(deps.db, id, position));
  if (!row) throw new CodedError('not_found');
  const viewer = await viewerOf(deps, actor, sample);
  await note(deps, actor, { act: 'sample.view', subject: { kind: 'sample', id }, facts: { number: sample.number, position } });
  const [item] = await itemsOf(deps, sample, viewer, [row]);
  if (!item) throw new CodedError('not_found');
  return { sample: summary(sample), item, next: viewer.mayMark ? await nextToMark(deps.db, id, viewer.person, position) : null };
}

/** All items of a sample for taking away; the export stands in the signed log before the first. */
export async function exportSample(deps: ReportsDeps, actor: Actor, id: string, format: string): Promise<{ sample: SampleView; items: SampleItem[] }> {
  personOf(deps, actor, 'sample.view');
  deps.access.authorize(actor, 'usage.export');
  const row = await findSample(deps.db, id);
  if (!row) throw new CodedError('not_found');
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      decision: 'allow',
      policy: deps.access.version(),
      act: 'sample.export',
      subject: { kind: 'sample', id },
      facts: { number: row.number, format },
    }),
  );
  await deps.audit.settled(pending);
  const sample = await viewSample(deps, actor, id);
  const viewer = await viewerOf(deps, actor, row);
  const items: SampleItem[] = [];
  for (let behind = -1; ;) {
    const rows = await itemRows(deps.db, id, behind, 200);
    items.push(...(await itemsOf(deps, row, viewer, rows)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < 200) return { sample, items };
    behind = last.position;
  }
}
