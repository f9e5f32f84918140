import { createHash } from 'node:crypto';
import type { Actor } from '../../audit/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { TRUE } from '../../db/index.js';
import { pdfTable, Sheet, signatures, signPdf, timeText, type Signatory } from '../../documents/index.js';
import { CodedError } from '../../errors/index.js';
import { phrasesFor, say } from '../../phrases/index.js';
import type { Opened } from '../../vault/index.js';
import type { DispositionDeps, PaperDeps } from '../appraisal/deps.js';
import { openPaper, type Paper, sealPaper } from '../appraisal/papers.js';
import { appointmentsOf, approvalsOf, findRegister, type AppointmentRow, type ApprovalRow, type RegisterRow } from './store.js';
import { itemViews, type ItemViewRow } from './view-store.js';
import { itemViewOf, registerFor } from './view.js';

type Texts = ReturnType<typeof phrasesFor>['dispositionForms']['register'];
const both = (pick: (texts: Texts) => string) => ({
  zh: pick(phrasesFor('zh').dispositionForms.register),
  en: pick(phrasesFor('en').dispositionForms.register),
});
const label = (pick: (texts: Texts) => string): string => `${both(pick).zh} ${both(pick).en}`;
const YEAR = 31_556_952_000;

/**
 * The destruction register 销毁清册 (form 8) as it stands: its items with who approved and who supervises, signed. Each stage of
 * approval is a document of its own, and every one is kept for good.
 */
export async function registerForm(deps: DispositionDeps, actor: Actor, id: string): Promise<Opened & { number: string }> {
  const { row, takesPart } = await registerFor(deps, actor, id);
  if (row.digest === null || row.state === 'draft') throw new CodedError('wrong_state', { params: { state: row.state, step: 'form' } });
  // it names every record: for whoever may find them all, or takes part
  const hidden = takesPart ? 0 : (await itemViews(deps.db, id, deps.access.where(actor, 'record.list', 'r'))).filter((one) => !one.listed).length;
  if (hidden > 0) throw new CodedError('forbidden', { detail: 'names records that this person may not find' });
  const form = await formOf(deps, row);
  return openPaper(deps, actor, form.paper, form.make);
}

/**
 * Makes and keeps the register as it stands when it begins to be carried out: the list that everybody signed, with its titles. From
 * then on this is its form 8, since titles go with the records; that it was witnessed stands in the certificate.
 */
export async function sealRegisterForm(deps: PaperDeps, actor: Actor, id: string): Promise<void> {
  const row = await findRegister(deps.db, id);
  if (row === undefined || row.digest === null) throw new CodedError('not_found', { detail: 'register' });
  const form = await formOf(deps, row);
  await sealPaper(deps, actor, form.paper, form.make);
}

async function formOf(deps: PaperDeps, row: RegisterRow): Promise<{ paper: Paper; make: () => Promise<Buffer> }> {
  const begun = row.executing_at !== null;
  const approvals = (await approvalsOf(deps.db, [row.id])).filter((one) => one.round === row.round);
  const appointed = (await appointmentsOf(deps.db, [row.id])).filter((one) => one.ended_at === null);
  const appointments = begun ? appointed.map((one) => ({ ...one, witnessed_at: null })) : appointed;
  const json = jsonOf(begun ? { ...row, state: 'executing' } : row, approvals, appointments);
  // the list and who has signed it by now: another stage is another document
  const list = createHash('sha256').update(json).digest();
  return { paper: { kind: 'register', id: row.id, number: row.number, list }, make: () => makePdf(deps, row, approvals, appointments, json) };
}

function jsonOf(
  row: Pick<RegisterRow, 'number' | 'state' | 'digest' | 'item_count'>,
  approvals: readonly ApprovalRow[],
  appointments: readonly AppointmentRow[],
): string {
  return canonicalJson({
    format: 'lantai/destruction-register-form/v1',
    number: row.number,
    state: row.state,
    digest: `sha256:${row.digest?.toString('hex') ?? ''}`,
    items: row.item_count,
    approvals: approvals.map((one) => ({
      step: one.step,
      role: one.role,
      answer: one.answer,
      at: one.at?.toISOString() ?? null,
      digest: one.digest?.toString('hex') ?? null,
    })),
    supervision: appointments.map((one) => ({
      office: one.office,
      outside: one.outside,
      checkedAt: one.checked_at?.toISOString() ?? null,
      witnessedAt: one.witnessed_at?.toISOString() ?? null,
    })),
  });
}

async function makePdf(
  deps: PaperDeps,
  row: RegisterRow,
  approvals: readonly ApprovalRow[],
  appointments: readonly AppointmentRow[],
  json: string,
): Promise<Buffer> {
  const { zone } = deps.settings;
  const at = deps.now();
  const title = both((t) => t.title);
  const items = (await itemViews(deps.db, row.id, TRUE)).filter((one) => one.state !== 'rejected');
  const attached = {
    name: `${row.number}.json`,
    type: 'application/json',
    data: Buffer.from(json),
    description: phrasesFor('en').dispositionForms.register.attached,
  };
  const sheet = new Sheet({ title, archive: deps.archiveName, madeAt: at, zone, landscape: true, pdfA: true, keywords: row.number, attachments: [attached] });
  const place = [row.execute_after === null ? '' : `≥ ${timeText(row.execute_after, zone)}`, row.place].filter((text) => text !== '').join(' · ');
  for (const line of [
    `${label((t) => t.number)}: ${row.number}`,
    `${label((t) => t.place)}: ${place}`,
    `${label((t) => t.digest)}: ${row.digest?.toString('hex') ?? ''}`,
    `${label((t) => t.rules)}: ${row.rules ?? ''}`,
  ])
    sheet.paragraph(line, { size: 9 });
  sheet.y += 6;
  await pdfTable(sheet, { size: 7.5, empty: both((t) => t.empty), rows: items, columns: columns(deps, row) });
  sheet.y += 6;
  sheet.paragraph(`${label((t) => t.total)}: ${row.item_count}`, { weight: 'bold' });
  const people = [
    row.made_by_person,
    ...approvals.flatMap((one) => (one.person_id === null ? [] : [one.person_id])),
    ...appointments.map((one) => one.person_id),
  ];
  const names = await deps.people.namesOfPersons(people);
  const named = (person: string | null): string => (person === null ? '' : (names.get(person) ?? ''));
  const signed: Signatory[] = [
    { role: both((t) => t.roles.maker), name: named(row.made_by_person), ...(row.frozen_at === null ? {} : { at: row.frozen_at }) },
    ...approvals.map((one) => ({
      role: both((t) => t.roles.approver),
      ...(one.person_id === null ? {} : { name: named(one.person_id) }),
      ...(one.at === null ? {} : { at: one.at }),
    })),
    ...appointments.map((one) => ({
      role: both((t) => t.roles[one.office]),
      name: named(one.person_id),
      ...((one.witnessed_at ?? one.checked_at) === null ? {} : { at: one.witnessed_at ?? one.checked_at ?? at }),
    })),
  ];
  if (row.executing_at !== null) sheet.paragraph(`${label((t) => t.witnessedIn)}: Z${row.number.slice(1)}`, { size: 9 });
  signatures(sheet, signed, zone);
  return signPdf(deps.signer, sheet, { reason: `${title.zh} ${title.en} ${row.number}`, name: deps.archiveName, at });
}

function columns(deps: PaperDeps, row: RegisterRow) {
  const { zone } = deps.settings;
  let last: { one: ItemViewRow; view: ReturnType<typeof itemViewOf> } | undefined;
  /** A row's columns are asked for one after the other, and a view of it opens what is sealed. */
  const view = (one: ItemViewRow) => {
    if (last?.one !== one) last = { one, view: itemViewOf(deps, row.id, one) };
    return last.view;
  };
  const day = (at: Date): string => timeText(at, zone).slice(0, 10);
  const value = (group: 'medium' | 'sensitivity', code: string): string =>
    (['zh', 'en'] as const).map((lang) => (phrasesFor(lang).values[group] as Readonly<Record<string, string>>)[code] ?? code).join(' ');
  const keptFor = (one: ItemViewRow): string => {
    const years = Math.floor(((row.frozen_at ?? deps.now()).getTime() - one.closed_at.getTime()) / YEAR);
    return say(both((t) => t.years).zh, { n: years });
  };
  return [
    { head: both((t) => t.columns.no), share: 4, align: 'center' as const, value: (one: ItemViewRow) => String(one.position) },
    { head: both((t) => t.columns.code), share: 12, value: (one: ItemViewRow) => view(one).archivalCode },
    { head: both((t) => t.columns.title), share: 18, value: (one: ItemViewRow) => one.title },
    { head: both((t) => t.columns.department), share: 8, value: (one: ItemViewRow) => view(one).department },
    { head: both((t) => t.columns.date), share: 8, align: 'center' as const, value: (one: ItemViewRow) => day(one.closed_at) },
    { head: both((t) => t.columns.medium), share: 6, value: (one: ItemViewRow) => value('medium', view(one).medium) },
    { head: both((t) => t.columns.count), share: 4, align: 'center' as const, value: () => '1' },
    { head: both((t) => t.columns.extent), share: 4, align: 'center' as const, value: (one: ItemViewRow) => String(view(one).files) },
    { head: both((t) => t.columns.sensitivity), share: 7, value: (one: ItemViewRow) => value('sensitivity', view(one).sensitivity) },
    { head: both((t) => t.columns.term), share: 8, align: 'center' as const, value: (one: ItemViewRow) => view(one).termUntil },
    { head: both((t) => t.columns.kept), share: 5, align: 'center' as const, value: keptFor },
    {
      head: both((t) => t.columns.appraised),
      share: 8,
      align: 'center' as const,
      value: (one: ItemViewRow) => (one.appraised_at === null ? '' : day(one.appraised_at)),
    },
    {
      head: both((t) => t.columns.ground),
      share: 14,
      value: (one: ItemViewRow) =>
        one.erasure === null
          ? view(one).ground
          : say(
              label((t) => t.erasure),
              { number: one.erasure },
            ),
    },
  ];
}
