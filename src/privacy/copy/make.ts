import { assertSecondFactor, recordDisclosure } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { zip, type ZipEntry } from '../../documents/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { readContent } from '../../records/index.js';
import type { Lang } from '../../phrases/index.js';
import type { PrivacyDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { requestById, type RequestRow } from '../store.js';
import { numberOf, openAsked } from '../texts.js';
import { finish, gather, type Gathered } from './gather.js';
import { maskForClient, maskShort, otherNames, ownData, type OwnData } from './mask.js';
import { closedOn, listPdf, Manifest, maskedCsv, recordText, type Listed } from './package.js';
import { beginCopy, endCopy, filesOfClient, recordsOfClient, type CopyFile } from './store.js';

/** Records of one copy, and bytes of their bodies, that are held while it is made. */
export const COPY_RECORDS = 2_000;
export const COPY_BYTES = 64 * 2 ** 20;

export interface MadeCopy {
  name: string;
  /** Pieces of the ZIP archive as they are made; nothing of it is kept anywhere. */
  body: AsyncGenerator<Buffer>;
}

/**
 * Makes a client's own copy (PIPL article 45) for a request that another person granted: the client's records and only
 * theirs, opened by a reading each, other people's data masked and counted, files only where they were approved one by
 * one, a signed list with digests. It stands in the register of disclosures before its first byte leaves.
 */
export async function makeCopy(deps: PrivacyDeps, actor: Actor, input: { id: string; lang: Lang }): Promise<MadeCopy> {
  return onRequest(deps, actor, { step: 'copy', id: input.id }, async () => {
    deps.access.authorize(actor, 'privacy.register');
    assertSecondFactor(actor);
    const by = actor.personId;
    if (by === null) throw new CodedError('forbidden');
    const row = await requestById(deps.db, input.id);
    if (!row) throw new CodedError('not_found');
    const granted = row.kind === 'copy' && row.state === 'decided' && (row.outcome === 'fulfil' || row.outcome === 'partly');
    if (!granted) throw new CodedError('wrong_state', { params: { state: row.state, step: 'copy' } });
    const records = await recordsOfClient(deps.db, row.client_number, COPY_RECORDS + 1);
    if (records.length > COPY_RECORDS) throw new CodedError('too_large', { params: { max: COPY_RECORDS } });
    if (records.reduce((sum, one) => sum + Number(one.body_size), 0) > COPY_BYTES) throw new CodedError('too_large', { params: { max: COPY_BYTES } });
    const gathered: Gathered[] = [];
    for (const record of records) gathered.push(await gather(deps, actor, record, numberOf(row)));
    // a package without a single record is no copy: it would be handed out, and count, for nothing
    if (records.length > 0 && gathered.every((one) => one.draft === null))
      throw new CodedError('forbidden', { detail: 'none of the records may be read by who makes the copy' });
    const id = await begin(deps, actor, row, by, gathered);
    const files = await filesOfClient(deps.db, row.id, row.client_number, deps.access.where(actor, 'record.list', 'r'));
    return { name: `${numberOf(row)}-${input.lang}.zip`, body: stream(deps, actor, { id, row, lang: input.lang, gathered, files }) };
  });
}

/** Puts the copy and the disclosure that it is on record. */
async function begin(deps: PrivacyDeps, actor: Actor, row: RequestRow, by: string, gathered: readonly Gathered[]): Promise<string> {
  const id = newId();
  const included = gathered.filter((one) => one.draft !== null).map((one) => one.record.id);
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'privacy.copy',
      subject: { kind: 'privacyRequest', id: row.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { copy: id, records: gathered.length, included: included.length },
    });
    await beginCopy(tx, { id, request: row.id, by, at: deps.now(), records: gathered.length, included: included.length });
    if (included.length === 0) return;
    await recordDisclosure(tx, deps, actor, {
      kind: 'client_copy',
      sourceId: row.id,
      recipient: openAsked(deps, row.id, row.asked_sealed).name,
      recordIds: included,
      disclosure: { basis: 'client', reference: numberOf(row) },
    });
  });
  return id;
}

interface Making {
  id: string;
  row: RequestRow;
  lang: Lang;
  gathered: readonly Gathered[];
  files: readonly CopyFile[];
}

async function* stream(deps: PrivacyDeps, actor: Actor, making: Making): AsyncGenerator<Buffer> {
  const counts = { files: 0, bytes: 0 };
  let whole = false;
  try {
    for await (const piece of zip(entries(deps, actor, making, counts))) {
      counts.bytes += piece.length;
      yield piece;
    }
    whole = true;
  } finally {
    for (const one of making.gathered) if (one.readingId !== null) await finish(deps, actor, one.readingId, whole);
    await deps.db.tx(async (tx) => {
      await deps.audit.append(tx, {
        actor,
        act: 'privacy.copy_end',
        subject: { kind: 'privacyRequest', id: making.row.id },
        decision: whole ? 'allow' : 'error',
        facts: { copy: making.id, whole, ...counts },
      });
      await endCopy(tx, making.id, { at: deps.now(), whole, ...counts });
    });
  }
}

async function* entries(deps: PrivacyDeps, actor: Actor, making: Making, counts: { files: number }): AsyncGenerator<ZipEntry> {
  const { row, lang, gathered } = making;
  const drafts = gathered.flatMap((one) => (one.draft === null ? [] : [one.draft]));
  const own = ownData(drafts);
  const others = otherNames(
    drafts,
    own,
    gathered.map((one) => one.record.staff_name),
  );
  const manifest = new Manifest();
  const list: Listed[] = [];
  for (const [i, one] of gathered.entries()) {
    const code = one.record.archival_code ?? one.record.service_no;
    const place = `${String(i + 1).padStart(4, '0')}_${code.replace(/[^\p{L}\p{N}._-]/gu, '-')}`;
    const listed: Listed = {
      code,
      closedOn: closedOn(deps, one.record.closed_at),
      title: maskShort(one.record.title, others),
      why: one.why,
      found: {},
      files: [],
    };
    if (one.draft !== null) {
      const masked = maskForClient(one.draft, own, others);
      listed.found = masked.found;
      yield manifest.entry(`records/${place}.json`, [`${JSON.stringify(masked.draft, null, 1)}\n`]);
      yield manifest.entry(`records/${place}.txt`, [recordText(masked.draft, lang)]);
    }
    yield* filesOf(deps, actor, { making, one, place, listed, own, others, manifest, counts });
    list.push(listed);
  }
  yield manifest.entry('masked.csv', maskedCsv(list));
  const pdf = await listPdf(deps, { number: numberOf(row), client: row.client_number, lang, list, manifest: manifest.entries });
  yield { name: 'list.pdf', content: [pdf] };
}

async function* filesOf(
  deps: PrivacyDeps,
  actor: Actor,
  at: {
    making: Making;
    one: Gathered;
    place: string;
    listed: Listed;
    own: OwnData;
    others: readonly string[];
    manifest: Manifest;
    counts: { files: number };
  },
): AsyncGenerator<ZipEntry> {
  const { one, listed, manifest, counts } = at;
  for (const file of at.making.files.filter((each) => each.record_id === one.record.id)) {
    const name = maskShort(file.name, at.others);
    const included = one.readingId !== null && file.approved === true;
    listed.files.push({ name, state: included ? 'included' : file.approved === false ? 'refused' : 'listed' });
    if (!included || one.readingId === null) continue;
    const content = await readContent(deps, actor, { readingId: one.readingId, fileId: file.id, kind: 'download' });
    counts.files += 1;
    yield manifest.entry(`files/${at.place}/${file.position}_${name.replace(/[\\/]/g, '-')}`, content.body as AsyncIterable<Uint8Array>);
  }
}
