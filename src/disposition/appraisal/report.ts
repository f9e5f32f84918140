import type { Actor } from '../../audit/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { TRUE } from '../../db/index.js';
import { pdfTable, Sheet, signatures, signPdf, timeText } from '../../documents/index.js';
import { CodedError } from '../../errors/index.js';
import { phrasesFor, say } from '../../phrases/index.js';
import type { Opened } from '../../vault/index.js';
import type { DispositionDeps, PaperDeps } from './deps.js';
import { membersOf, type MemberRow } from './group-store.js';
import { openPaper, type Paper, sealPaper } from './papers.js';
import { unseal } from './seals.js';
import { findAppraisal, itemsOf, stepsOf, type AppraisalRow, type ItemRow } from './store.js';
import { FOREVER, OUTCOMES } from './values.js';
import { appraisalFor } from './view.js';

type Texts = ReturnType<typeof phrasesFor>['dispositionForms']['report'];
const both = (pick: (texts: Texts) => string) => ({ zh: pick(phrasesFor('zh').dispositionForms.report), en: pick(phrasesFor('en').dispositionForms.report) });
const label = (pick: (texts: Texts) => string): string => `${both(pick).zh} ${both(pick).en}`;

/** The appraisal report 鉴定工作报告 (form 7) of a decided appraisal: signed once, as soon as it is decided, kept for good; made here where it is asked for before. */
export async function appraisalReport(deps: DispositionDeps, actor: Actor, id: string): Promise<Opened & { number: string }> {
  const { row, members } = await appraisalFor(deps, actor, id);
  if (row.state !== 'decided' || row.digest === null) throw new CodedError('wrong_state', { params: { state: row.state, step: 'report' } });
  // it names every record: for whoever may find them all, or signed them
  const signed = members.some((one) => one.person_id !== null && one.person_id === actor.personId);
  const hidden = signed ? 0 : (await itemsOf(deps.db, id, deps.access.where(actor, 'record.list', 'r'))).filter((one) => !one.listed).length;
  if (hidden > 0) throw new CodedError('forbidden', { detail: 'names records that this person may not find' });
  return openPaper(deps, actor, paperOf(row, row.digest), () => makePdf(deps, row, members));
}

const paperOf = (row: AppraisalRow, list: Buffer): Paper => ({ kind: 'appraisal', id: row.id, number: row.number, list });

/** Makes and keeps the report of a decided appraisal, unless it was kept before: right after the decision, and in any case before a record of it is destroyed. */
export async function sealAppraisalReport(deps: PaperDeps, actor: Actor, id: string): Promise<void> {
  const row = await findAppraisal(deps.db, id);
  if (row === undefined || row.state !== 'decided' || row.digest === null)
    throw new CodedError('wrong_state', { params: { state: row?.state ?? '', step: 'report' } });
  await sealPaper(deps, actor, paperOf(row, row.digest), async () => makePdf(deps, row, await membersOf(deps.db, [id])));
}

async function makePdf(deps: PaperDeps, row: AppraisalRow, members: readonly MemberRow[]): Promise<Buffer> {
  const items = await itemsOf(deps.db, row.id, TRUE);
  const reasons = new Map((await stepsOf(deps.db, row.id)).map((one) => [one.step, unseal(deps, `appraisal/${row.id}/step/${one.step}`, one.reason_sealed)]));
  const names = await deps.people.namesOfPersons(members.flatMap((one) => (one.person_id === null ? [] : [one.person_id])));
  const { zone } = deps.settings;
  const at = row.decided_at ?? deps.now();
  const json = canonicalJson({
    format: 'lantai/appraisal-report/v1',
    number: row.number,
    digest: row.digest?.toString('hex') ?? '',
    decidedAt: at.toISOString(),
    items: items.map((one) => ({
      position: one.position,
      record: one.record_id,
      archivalCode: one.archival_code ?? '',
      outcome: one.outcome,
      until: one.new_until,
    })),
    members: members.map((one) => ({ place: one.rule, role: one.role, department: one.department, answer: one.answer, at: one.at?.toISOString() ?? null })),
  });
  const title = both((t) => t.title);
  const attached = { name: `${row.number}.json`, type: 'application/json', data: Buffer.from(json), description: title.en };
  const sheet = new Sheet({ title, archive: deps.archiveName, madeAt: at, zone, landscape: true, pdfA: true, keywords: row.number, attachments: [attached] });
  head(sheet, row, items, zone);
  await pdfTable(sheet, {
    empty: both((t) => t.title),
    rows: items,
    columns: [
      { head: both((t) => t.columns.no), share: 4, align: 'center', value: (one) => String(one.position) },
      { head: both((t) => t.columns.code), share: 14, value: (one) => one.archival_code ?? '' },
      { head: both((t) => t.columns.title), share: 28, value: (one) => one.title },
      { head: both((t) => t.columns.proposal), share: 10, value: (one) => (one.outcome === null ? '' : label((t) => t.outcomes[one.outcome ?? 'open'])) },
      {
        head: both((t) => t.columns.ground),
        share: 24,
        value: (one) => [reasons.get(one.step ?? 0) ?? '', one.basis ?? ''].filter((text) => text !== '').join(' · '),
      },
      { head: both((t) => t.columns.until), share: 10, align: 'center', value: (one) => untilText(one) },
      { head: both((t) => t.columns.dissent), share: 6, align: 'center', value: (one) => (one.dissents === 0 ? '' : String(one.dissents)) },
    ],
  });
  opinions(deps, sheet, row.id, members);
  signatures(
    sheet,
    members.map((one) => ({ role: roleOf(one.role), name: names.get(one.person_id ?? '') ?? '', ...(one.at === null ? {} : { at: one.at }) })),
    zone,
  );
  return signPdf(deps.signer, sheet, { reason: `${title.zh} ${title.en} ${row.number}`, name: deps.archiveName, at });
}

const roleOf = (role: string): { zh: string; en: string } => {
  const name = (lang: 'zh' | 'en'): string => (phrasesFor(lang).access.roles as Readonly<Record<string, string>>)[role] ?? role;
  return { zh: name('zh'), en: name('en') };
};

function untilText(one: ItemRow): string {
  if (one.outcome === 'kept') return one.term_until === FOREVER ? label((t) => t.forever) : '';
  return one.outcome === 'extended' ? (one.new_until ?? '') : '';
}

function head(sheet: Sheet, row: AppraisalRow, items: readonly ItemRow[], zone: string): void {
  const departments = [...new Set(items.map((one) => one.department))].join(', ');
  const counts = OUTCOMES.map((outcome) => ({ outcome, n: items.filter((one) => one.outcome === outcome).length })).filter((one) => one.n > 0);
  const lines = [
    `${label((t) => t.number)}: ${row.number} · ${row.decided_at === null ? '' : timeText(row.decided_at, zone)}`,
    `${label((t) => t.scope)}: ${departments} · ${label((t) => t.due)}: ${items.length}`,
    `${label((t) => t.counts)}: ${counts.map((one) => `${label((t) => t.outcomes[one.outcome])} ${one.n}`).join(' · ')}`,
    `${label((t) => t.digest)}: ${row.digest?.toString('hex') ?? ''}`,
    `${label((t) => t.rules)}: ${row.rules ?? ''}`,
  ];
  for (const line of lines) sheet.paragraph(line, { size: 9 });
  sheet.y += 6;
}

/** Dissent is kept: every opinion stands in the report. */
function opinions(deps: PaperDeps, sheet: Sheet, id: string, members: readonly MemberRow[]): void {
  for (const one of members) {
    const text = unseal(deps, `appraisal/${id}/opinion/${one.position}`, one.opinion_sealed);
    if (text === '') continue;
    const role = roleOf(one.role);
    const answer = one.answer ?? 'agree';
    sheet.room(40);
    sheet.y += 6;
    sheet.paragraph(
      say('{role} · {answer} · {opinion}: {text}', {
        role: `${role.zh} ${role.en}`,
        answer: label((t) => t.answers[answer]),
        opinion: label((t) => t.opinion),
        text,
      }),
      { size: 9 },
    );
  }
}
