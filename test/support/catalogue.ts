import { sql } from '../../src/db/index.js';
import type { SearchDocument } from '../../src/search/index.js';
import type { TestDatabase } from './database.js';

const BATCH = '018f0000-0000-7000-8000-000000000001';
const plain = (text: string): string => text.replaceAll('\0', '').toWellFormed();

/**
 * Fills the catalogue with the columns that a search looks at, without bodies, titles and numbers, and without its triggers.
 * @returns brings records into it; each replaces an earlier one of its id
 */
export async function catalogueOf({ owner }: Pick<TestDatabase, 'owner'>): Promise<(documents: readonly SearchDocument[]) => Promise<void>> {
  await owner.run(sql`alter table batches disable trigger user`);
  await owner.run(sql`alter table records disable trigger user`);
  await owner.run(
    sql`insert into batches (id, kind, number, source_system, opened_at, state) values (${BATCH}, 'import', 'B1', 'test', now(), 'open') on conflict do nothing`,
  );
  return async (documents) => {
    const rows = [...new Map(documents.map((one) => [one.id, one])).values()].map((one) => ({
      ...one,
      closed_at: one.closedAt,
      term_until: one.termUntil,
      client_number: plain(one.client_number),
      tags: one.tags.map(plain),
      texts: undefined,
      numbers: undefined,
    }));
    await owner.run(sql`
      insert into records (id, fonds, source_system, service_no, archival_code, archived_at, state, complete, service_type, client_type, medium, sensitivity, channel, department,
        restricted, client_number, staff_number, staff_name, staff_account, title, tags, year, opened_at, closed_at, received_at, returns_call, has_feedback, evaluation,
        scheme_version, schedule_version, term_rule, term_until, term_minimum, term_reasons, purposes, version_id, batch_id)
      select id, fonds, 'test', id::text, id::text, closed_at, state, true, service_type, client_type, medium, sensitivity, channel, department,
        restricted, client_number, staff_number, staff_name, staff_account, '', tags, year, closed_at, closed_at, closed_at, false, false, evaluation,
        'test', 'test', 'test', term_until, term_until, '[]', '{}', gen_random_uuid(), ${BATCH}::uuid
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, fonds text, state text, service_type text, client_type text, medium text, sensitivity text,
        channel text, department text, restricted boolean, client_number text, staff_number text, staff_name text, staff_account text, tags text[], year integer,
        closed_at timestamptz, evaluation smallint, term_until date)
      on conflict (id) do update set state = excluded.state, service_type = excluded.service_type, client_type = excluded.client_type, medium = excluded.medium,
        sensitivity = excluded.sensitivity, channel = excluded.channel, department = excluded.department, restricted = excluded.restricted, fonds = excluded.fonds,
        client_number = excluded.client_number, staff_number = excluded.staff_number, staff_name = excluded.staff_name, staff_account = excluded.staff_account,
        tags = excluded.tags, year = excluded.year, opened_at = excluded.opened_at, closed_at = excluded.closed_at, evaluation = excluded.evaluation, term_until = excluded.term_until`);
  };
}
