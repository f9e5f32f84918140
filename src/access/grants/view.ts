import type { Actor } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import type { GrantAct } from '../types.js';
import { reviewContext } from './emergency.js';
import { grantEndContext } from './end.js';
import { grantReasonContext } from './issue.js';
import { refused } from './refused.js';
import { countToReview, findGrant, pageOfGrants, recordsOfGrant, type GrantRow } from './store.js';
import type { GrantDeps, GrantKind, GrantState } from './types.js';

/** Grants of a page, and records of one grant that its page names. */
export const GRANTS_SHOWN = 50;
export const GRANT_RECORDS_SHOWN = 200;

export interface GrantView {
  id: string;
  kind: GrantKind;
  person: { id: string; name: string };
  acts: GrantAct[];
  purpose: string;
  startsAt: string;
  endsAt: string;
  readingsLeft: number | null;
  requestId: string | null;
  supervisedFor: string;
  reason: string;
  issuedBy: string;
  issuedAt: string;
  /** One that is past its end reads as expired, whether that is on record yet or not. */
  state: GrantState;
  endedAt: string | null;
  result: string | null;
  endReason: string;
  records: number;
  review: { due: string; overdue: boolean; at: string | null; accepted: boolean | null; by: string; note: string } | null;
}

export interface GrantDetail extends GrantView {
  /** The first {@link GRANT_RECORDS_SHOWN}; titles only of what the viewer may see in the catalogue now. */
  listed: { id: string; archivalCode: string | null; title: string }[];
}

export interface GrantPage {
  items: GrantView[];
  next: { at: Date; id: string } | null;
}

export function showGrant(deps: GrantDeps, row: GrantRow): GrantView {
  const secret = deps.keystore.secret('catalogue');
  const now = deps.now();
  return {
    id: row.id,
    kind: row.kind,
    person: { id: row.person_id, name: row.person_name ?? '' },
    acts: row.acts,
    purpose: row.purpose,
    startsAt: row.starts_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    readingsLeft: row.readings_left,
    requestId: row.request_id,
    supervisedFor: row.supervised_for,
    reason: row.reason_sealed === null ? '' : openField(secret, grantReasonContext(row.id), row.reason_sealed),
    issuedBy: row.issuer_name ?? '',
    issuedAt: row.issued_at.toISOString(),
    state: row.state === 'live' && row.ends_at <= now ? 'expired' : row.state,
    endedAt: row.ended_at?.toISOString() ?? null,
    result: row.result,
    endReason: row.end_sealed === null ? '' : openField(secret, grantEndContext(row.id), row.end_sealed),
    records: row.records,
    review:
      row.review_due === null
        ? null
        : {
            due: row.review_due.toISOString(),
            overdue: row.reviewed_at === null && row.review_due < now,
            at: row.reviewed_at?.toISOString() ?? null,
            accepted: row.accepted,
            by: row.reviewer_name ?? '',
            note: row.review_sealed === null ? '' : openField(secret, reviewContext(row.id), row.review_sealed),
          },
  };
}

export interface GrantListOptions {
  /** `own`: what one was given; `all` needs the act `grant.list`; `review`: emergency readings that nobody has reviewed, `reading.review`. */
  which: 'own' | 'all' | 'review';
  live?: boolean;
  kind?: GrantKind | undefined;
  after?: { at: Date; id: string } | null;
}

/** A page of grants, newest first, what waits for review the other way round; one entry in the log. */
export async function listGrants(deps: GrantDeps, actor: Actor, options: GrantListOptions): Promise<GrantPage> {
  const own = options.which === 'own' ? actor.personId : null;
  if (options.which === 'own' && own === null) throw new CodedError('forbidden');
  if (options.which !== 'own') deps.access.authorize(actor, options.which === 'all' ? 'grant.list' : 'reading.review');
  const rows = await pageOfGrants(deps.db, {
    ...(own === null ? {} : { personId: own }),
    live: options.live ?? false,
    kind: options.kind,
    toReview: options.which === 'review',
    after: options.after ?? null,
    limit: GRANTS_SHOWN + 1,
  });
  const shown = rows.slice(0, GRANTS_SHOWN);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'grant.list',
      subject: { kind: 'list', id: `grants-${options.which}` },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: shown.length },
    }),
  );
  const last = shown.at(-1);
  return {
    items: shown.map((row) => showGrant(deps, row)),
    next: rows.length > GRANTS_SHOWN && last !== undefined ? { at: last.issued_at, id: last.id } : null,
  };
}

/** Emergency readings that wait for this person's review, and how many of them are overdue; for the home page. */
export async function emergenciesToReview(deps: Pick<GrantDeps, 'db' | 'access' | 'now'>, actor: Actor): Promise<{ waiting: number; overdue: number }> {
  if (!deps.access.mayNow(actor, 'reading.review')) return { waiting: 0, overdue: 0 };
  return countToReview(deps.db, actor.personId, deps.now());
}

/** One grant with its records: one's own, or any for who may list them. */
export async function grantView(deps: GrantDeps, actor: Actor, id: string): Promise<GrantDetail> {
  const row = await findGrant(deps.db, id);
  const own = row !== undefined && row.person_id === actor.personId;
  if (
    row === undefined ||
    !(own || deps.access.decide(actor, 'grant.list').allow || (row.review_due !== null && deps.access.decide(actor, 'reading.review').allow))
  ) {
    return refused(deps, actor, { kind: 'grant', id }, 'view', new CodedError('not_found'));
  }
  const listed = await recordsOfGrant(deps.db, id, deps.access.where(actor, 'record.view', 'r'), GRANT_RECORDS_SHOWN);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'grant.view',
      subject: { kind: 'grant', id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { reader: row.reader },
    }),
  );
  return {
    ...showGrant(deps, row),
    listed: listed.map((one) => ({ id: one.record_id, archivalCode: one.archival_code, title: one.title })),
  };
}
