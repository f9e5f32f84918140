import { listDisclosures, recipientContext, referenceContext, type DisclosureFilter } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import { openField } from '../crypto/index.js';
import { PAGE_SIZE, type Page } from '../records/index.js';
import { cursorOf, readCursor } from './cursor.js';
import type { PrivacyDeps } from './deps.js';
import { onRequest } from './refusal.js';

/** A line of the register of disclosures (R103). */
export interface Disclosed {
  id: string;
  at: string;
  by: string;
  kind: string;
  sourceId: string | null;
  recipient: string;
  basis: string;
  reference: string;
  law: string;
  assessment: string;
  records: number;
}

export type DisclosedFilter = DisclosureFilter;

/** What went to people outside, newest first, with its basis and the number of its assessment; one entry a list. */
export async function listDisclosed(
  deps: PrivacyDeps,
  actor: Actor,
  filter: DisclosedFilter = {},
  after?: string,
  limit = PAGE_SIZE,
): Promise<Page<Disclosed>> {
  return onRequest(deps, actor, { step: 'disclosures', id: null }, async () => {
    deps.access.authorize(actor, 'disclosure.view');
    const rows = await listDisclosures(deps.db, filter, readCursor(after), limit + 1);
    const secret = deps.keystore.secret('catalogue');
    const items = rows.slice(0, limit).map((row): Disclosed => ({
      id: row.id,
      at: row.at.toISOString(),
      by: row.by_person,
      kind: row.kind,
      sourceId: row.source_id,
      recipient: openField(secret, recipientContext(row.id), row.recipient_sealed),
      basis: row.basis,
      reference: row.reference_sealed === null ? '' : openField(secret, referenceContext(row.id), row.reference_sealed),
      law: row.law,
      assessment: row.assessment,
      records: row.records,
    }));
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'disclosure.list',
        subject: { kind: 'list', id: 'disclosures' },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { shown: items.length },
      }),
    );
    const last = rows[limit - 1];
    return { items, next: rows.length > limit && last ? cursorOf(last.at, last.id) : null };
  });
}
