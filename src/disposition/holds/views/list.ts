import type { Actor } from '../../../audit/index.js';
import { openField } from '../../../crypto/index.js';
import { CodedError } from '../../../errors/index.js';
import { dayText, pageOf, PAGE_SIZE, readCursor, summariesOf, writeCursor, type Page, type RecordSummary } from '../../../records/index.js';
import { holdContext } from '../contexts.js';
import type { HoldsDeps } from '../deps.js';
import { seeNotices } from '../notices/store.js';
import { onHold } from '../refusal.js';
import type { HoldRow } from '../store.js';
import { OPEN_STATES, type HoldKind, type HoldMatter, type HoldScope, type HoldState } from '../values.js';
import { countsOf, holdById, objectsOfHold, openOver, pageOfHolds, pageOfRecords, reviewsOf, waitingFor, type HoldFilter } from './store.js';

/** Records on a page of a hold. */
export const HOLD_PAGE = 50;

export interface Hold {
  id: string;
  number: string;
  kind: HoldKind;
  matter: HoldMatter;
  reference: string | null;
  reason: string;
  scope: HoldScope;
  /** The log whose entries it keeps; `all`: those of every one. */
  log: string | null;
  client: string | null;
  query: string | null;
  owner: string;
  reviewOn: string | null;
  /** Open, and its day of review is over. */
  overdue: boolean;
  proposed: boolean;
  state: HoldState;
  madeBy: string;
  madeAt: string;
  decidedBy: string | null;
  decidedAt: string | null;
  declineReason: string | null;
  inForceAt: string | null;
  lapsesAt: string | null;
  liftReason: string | null;
  liftProposedBy: string | null;
  liftProposedAt: string | null;
  liftedBy: string | null;
  endedAt: string | null;
  /** Records, as far as the viewer may find them; those that came by themselves among them. */
  records: number;
  caught: number;
  /** Whether the viewer asked for the step that waits: somebody else has to answer. */
  own: boolean;
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export function show(deps: HoldsDeps, actor: Actor, row: HoldRow, counts: { records: number; caught: number } | undefined): Hold {
  const secret = deps.keystore.secret('catalogue');
  const open = (what: Parameters<typeof holdContext>[1], sealed: Buffer | null): string | null =>
    sealed === null ? null : openField(secret, holdContext(row.id, what), sealed);
  const stands = OPEN_STATES.some((one) => one === row.state);
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    matter: row.matter,
    reference: open('reference', row.reference_sealed),
    reason: open('reason', row.reason_sealed) ?? '',
    scope: row.scope,
    client: row.client_number,
    log: row.log,
    query: open('query', row.query_sealed),
    owner: row.owner,
    reviewOn: row.review_on,
    overdue: stands && row.review_on !== null && row.review_on < dayText(deps.now(), deps.settings.zone),
    proposed: row.proposed,
    state: row.state,
    madeBy: row.made_by,
    madeAt: row.made_at.toISOString(),
    decidedBy: row.decided_by,
    decidedAt: iso(row.decided_at),
    declineReason: open('decline', row.decline_reason_sealed),
    inForceAt: iso(row.in_force_at),
    lapsesAt: iso(row.lapses_at),
    liftReason: open('lift', row.lift_reason_sealed),
    liftProposedBy: row.lift_proposed_by,
    liftProposedAt: iso(row.lift_proposed_at),
    liftedBy: row.lifted_by,
    endedAt: iso(row.ended_at),
    records: counts?.records ?? 0,
    caught: counts?.caught ?? 0,
    own: actor.personId !== null && actor.personId === (row.state === 'lifting' ? row.lift_proposed_by : row.made_by),
  };
}

/** `null`: all of them. One who may only propose sees the own proposals. */
export function onlyOf(deps: HoldsDeps, actor: Actor): string | null {
  if (deps.access.decide(actor, 'hold.view').allow) return null;
  deps.access.authorize(actor, 'hold.propose');
  if (actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

export interface HoldQuestion extends Omit<HoldFilter, 'states' | 'overdueOn' | 'madeBy'> {
  state?: HoldState | 'open' | undefined;
  overdue?: boolean | undefined;
}

/** Holds, the newest first; one entry for the list. */
export async function listHolds(deps: HoldsDeps, actor: Actor, ask: HoldQuestion = {}, after?: string): Promise<Page<Hold>> {
  const { state, overdue, ...filter } = ask;
  const own = onlyOf(deps, actor);
  const rows = await pageOfHolds(
    deps.db,
    {
      ...filter,
      states: state === undefined ? undefined : state === 'open' ? OPEN_STATES : [state],
      overdueOn: overdue === true ? dayText(deps.now(), deps.settings.zone) : undefined,
      madeBy: own ?? undefined,
    },
    readCursor(after),
    PAGE_SIZE + 1,
  );
  const counts = await countsOf(
    deps.db,
    rows.map((row) => row.id),
    deps.access.where(actor, 'record.list', 'r'),
  );
  const page = pageOf(
    rows,
    PAGE_SIZE,
    (row) => show(deps, actor, row, counts.get(row.id)),
    (row) => writeCursor(row.made_at, row.id),
  );
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'hold.list',
      subject: { kind: 'list', id: 'holds' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: page.items.length, ...(ask.record === undefined ? {} : { record: ask.record }) },
    }),
  );
  return page;
}

export interface HeldRecord extends RecordSummary {
  /** `null`: proposed, not taken yet. */
  since: string | null;
  /** Came by itself while the hold was open. */
  caught: boolean;
}

export interface HoldView extends Hold {
  /** How far the store was told; `null` where the viewer sees only the own proposals. */
  objects: { pending: number; done: number; failed: number } | null;
  covered: Page<HeldRecord>;
}

/** One hold with a page of its records, as far as the viewer may find them. What he was told of it counts as seen. */
export async function viewHold(deps: HoldsDeps, actor: Actor, id: string, after?: string): Promise<HoldView> {
  return onHold(deps, actor, { act: 'hold.view', id }, async () => {
    const own = onlyOf(deps, actor);
    const row = await holdById(deps.db, id);
    if (!row || (own !== null && row.made_by !== own)) throw new CodedError('not_found');
    const rights = deps.access.where(actor, 'record.list', 'r');
    const counts = await countsOf(deps.db, [id], rights);
    const rows = await pageOfRecords(deps.db, id, rights, readCursor(after), HOLD_PAGE + 1);
    const shown = new Map(
      (
        await summariesOf(
          deps.search,
          actor,
          rows.map((one) => one.id),
        )
      ).map((one) => [one.id, one]),
    );
    const objects = own === null ? await objectsOfHold(deps.db, id) : null;
    await deps.db.tx(async (tx) => {
      if (actor.personId !== null) await seeNotices(tx, id, actor.personId, deps.now());
      await deps.audit.append(tx, {
        actor,
        act: 'hold.view',
        subject: { kind: 'hold', id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: row.number, shown: Math.min(rows.length, HOLD_PAGE) },
      });
    });
    const page = pageOf(
      rows,
      HOLD_PAGE,
      (one) => one,
      (one) => writeCursor(one.at, one.id),
    );
    const items = page.items.flatMap((one) => {
      const summary = shown.get(one.id);
      return summary === undefined ? [] : [{ ...summary, since: iso(one.since), caught: one.caught }];
    });
    return { ...show(deps, actor, row, counts.get(id)), objects, covered: { items, next: page.next } };
  });
}

export interface RecordHold {
  /** `null` where the viewer may only know that there is one. */
  id: string | null;
  number: string | null;
  matter: HoldMatter | null;
  reason: string | null;
  since: string;
}

/** The open holds over a record that the viewer sees: how many for everybody, which and why for those who may see holds. */
export async function holdsOfRecord(deps: HoldsDeps, actor: Actor, record: string): Promise<RecordHold[]> {
  const rows = await openOver(deps.db, record);
  const may = deps.access.decide(actor, 'hold.view').allow;
  const secret = deps.keystore.secret('catalogue');
  return rows.map((row) => ({
    id: may ? row.id : null,
    number: may ? row.number : null,
    matter: may ? (row.matter as HoldMatter) : null,
    reason: may ? openField(secret, holdContext(row.id, 'reason'), row.reason_sealed) : null,
    since: row.since.toISOString(),
  }));
}

/** What of holds waits for this person: proposals to accept, lifts to agree to, own holds to review. */
export async function holdsWaiting(deps: HoldsDeps, actor: Actor): Promise<{ proposals: number; lifts: number; reviews: number }> {
  const person = actor.personId;
  const none = { proposals: 0, lifts: 0, reviews: 0 };
  if (person === null) return none;
  const may = (right: 'hold.set' | 'hold.lift'): boolean => deps.access.mayEver(actor, right);
  if (!may('hold.set') && !may('hold.lift')) return none;
  const waiting = await waitingFor(deps.db, person);
  return {
    proposals: may('hold.set') ? waiting.proposals : 0,
    lifts: may('hold.lift') ? waiting.lifts : 0,
    reviews: may('hold.set') ? await reviewsOf(deps.db, person, dayText(deps.now(), deps.settings.zone)) : 0,
  };
}
