import type { Actor } from '../../audit/index.js';
import { invalidField } from '../../errors/index.js';
import { readCursor, writeCursor } from '../../records/index.js';
import { maySeeCopies } from '../certify/certify.js';
import type { RequestsDeps } from '../deps.js';
import { visitsOf } from '../onsite/store.js';
import { openOutsider, openText, type Outsider } from '../seals.js';
import type { RequestRow } from '../store.js';
import { codesOf, countRegister, registerRows, type RegisterFilter } from './store.js';
import { summaryOf, type RequestSummary } from './view.js';

const BATCH = 200;
/** Codes of records that one line holds. */
const CODES = 50;
/** Lines that a printed register holds; what is more is asked for by time. */
export const REGISTER_PRINTED = 5_000;

/** A line of the register of use 利用登记簿. */
export interface RegisterEntry extends RequestSummary {
  decidedAt: string | null;
  endedAt: string | null;
  /** Codes of the records as far as the viewer finds them; the first of many. */
  codes: string[];
  /** `null`: from inside, or not told to this viewer. */
  outsider: Outsider | null;
  /** Persons who stood by where somebody from outside read on site. */
  supervisors: string[];
  visits: number;
  result: string | null;
  /** `''`: none, or not told to this viewer. */
  note: string;
}

/**
 * The register of applications whole, for taking away: the export stands in the log before the first line. Who somebody from
 * outside was, and what came of it in words, is told to the applicant and whoever keeps the register.
 */
export async function exportRegister(
  deps: RequestsDeps,
  actor: Actor,
  filter: RegisterFilter,
  format: 'xlsx' | 'csv' | 'json' | 'pdf',
): Promise<AsyncGenerator<RegisterEntry[]>> {
  const { policy } = deps.access.authorize(actor, 'request.register');
  const lines = await countRegister(deps.db, filter);
  if (format === 'pdf' && lines > REGISTER_PRINTED) throw invalidField('from', 'too_many', { max: REGISTER_PRINTED });
  const { from, to, ...codes } = filter;
  const asked = Object.entries({ ...codes, from: from?.toISOString(), to: to?.toISOString() }).filter((one): one is [string, string] => one[1] !== undefined);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'request.export',
      subject: { kind: 'list', id: 'requests' },
      decision: 'allow',
      policy,
      facts: { format, lines, ...Object.fromEntries(asked) },
    }),
  );
  return batches(deps, actor, filter);
}

async function* batches(deps: RequestsDeps, actor: Actor, filter: RegisterFilter): AsyncGenerator<RegisterEntry[]> {
  let after: string | undefined;
  for (;;) {
    const rows = await registerRows(deps.db, filter, readCursor(after), BATCH);
    if (rows.length === 0) return;
    yield await entriesOf(deps, actor, rows);
    const last = rows.at(-1);
    if (rows.length < BATCH || last === undefined) return;
    after = writeCursor(last.submitted_at, last.id);
  }
}

async function entriesOf(deps: RequestsDeps, actor: Actor, rows: readonly RequestRow[]): Promise<RegisterEntry[]> {
  const ids = rows.map((row) => row.id);
  const codes = Map.groupBy(await codesOf(deps.db, ids, deps.access.where(actor, 'record.list', 'r'), CODES), (one) => one.request_id);
  const visits = Map.groupBy(await visitsOf(deps.db, ids), (one) => one.request_id);
  return rows.map((row) => {
    const told = maySeeCopies(deps, actor, row);
    const stood = visits.get(row.id) ?? [];
    return {
      ...summaryOf(row, true),
      decidedAt: row.decided_at?.toISOString() ?? null,
      endedAt: row.ended_at?.toISOString() ?? null,
      codes: (codes.get(row.id) ?? []).map((one) => one.code),
      outsider: told ? openOutsider(deps, row.id, row.outsider_sealed) : null,
      supervisors: [...new Set(stood.map((one) => one.supervisor))],
      visits: stood.length,
      result: row.result,
      note: told ? openText(deps, row.id, 'result', row.result_sealed) : '',
    };
  });
}
