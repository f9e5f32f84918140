import { type Both, pdfTable, Sheet, signatures, signPdf, timeText } from '../../../documents/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import type { ExecutionDeps } from '../deps.js';
import type { Remains } from '../steps/report.js';
import type { CertificateData } from './data.js';

/** What remains, with how much of it canaries showed. */
function remainText(t: Texts, one: Remains, until: string): string {
  const seen = one.count !== undefined && (one.what === 'write_ahead_log' || one.what === 'free_pages') ? say(t.canariesSeen, { count: one.count }) : '';
  return say(t.remainNames[one.what], { count: one.count ?? 0, until }) + seen;
}

type Texts = ReturnType<typeof phrasesFor>['execution']['certificate'];
const both = (pick: (texts: Texts) => string): Both => ({ zh: pick(phrasesFor('zh').execution.certificate), en: pick(phrasesFor('en').execution.certificate) });
const line = (text: Both): string => `${text.zh} ${text.en}`;

/** Items that are printed; of a longer list the rest stands in the attachment, which says everything. */
const PRINTED = 1_000;

/** The certificate of destruction 销毁证明: PDF/A-3 in both languages, signed, its data as JSON inside and under the signature. */
export async function certificatePdf(
  deps: Pick<ExecutionDeps, 'signer' | 'archiveName' | 'settings'>,
  data: CertificateData,
  json: Buffer,
  at: Date,
): Promise<Buffer> {
  const { zone } = deps.settings;
  const title = both((t) => (data.erasure ? t.erasure.titles : t.titles)[data.kind]);
  const sheet = new Sheet({
    title,
    archive: deps.archiveName,
    madeAt: at,
    zone,
    pdfA: true,
    keywords: `${data.number} ${data.register.digest}`,
    attachments: [{ name: `${data.number}.json`, type: 'application/json', data: json, description: phrasesFor('en').execution.certificate.attached }],
  });
  const time = (text: string | null): string => (text === null || text === '' ? '' : timeText(new Date(text), zone));
  const fact = (head: (t: Texts) => string, value: string): void => sheet.paragraph(`${line(both(head))}: ${value}`);
  fact((t) => t.number, data.number);
  fact((t) => t.register, `${data.register.number} · ${data.register.digest}`);
  fact((t) => t.items, String(data.items.length));
  if (data.register.place !== '') fact((t) => t.place, data.register.place);
  if (data.erasure) {
    const { request, outcome, decidedAt } = data.erasure;
    heading(sheet, (t) => t.erasure.heading);
    for (const lang of ['zh', 'en'] as const) {
      const t = phrasesFor(lang).execution.certificate.erasure;
      sheet.paragraph(say(t.ground, { request, outcome: t.outcomes[outcome], decided: time(decidedAt) }));
    }
  }
  heading(sheet, (t) => t.method);
  const { method } = data;
  const counts = {
    keystores: method.keystores,
    generations: method.generations.length,
    rewrapped: method.survivorsRewrapped,
    gone: method.objectsGone,
    all: method.objectsAll,
    locked: method.objectsLocked,
    until: time(method.lockedUntil),
    standard: method.standard,
  };
  sheet.paragraph(line(both((t) => say(t.keys, counts))));
  sheet.paragraph(line(both((t) => say(t.objects, counts))));
  if (method.objectsLocked > 0) sheet.paragraph(line(both((t) => say(t.locked, counts))));
  heading(sheet, (t) => t.steps);
  await pdfTable(sheet, {
    empty: both((t) => t.none),
    rows: data.steps,
    columns: [
      { head: both((t) => t.step), share: 4, value: (row) => line(both((t) => t.stepNames[row.step])) },
      { head: both((t) => t.done), share: 2, value: (row) => time(row.doneAt) },
      { head: both((t) => t.attempts), share: 1, align: 'right', value: (row) => String(row.attempts) },
    ],
  });
  heading(sheet, (t) => t.closure);
  for (const one of data.closure.checked) {
    sheet.paragraph(line(both((t) => say(t.checked, { what: t.checkedNames[one.what], looked: one.looked, found: one.found }))));
  }
  for (const one of data.closure.canaries?.places ?? []) {
    const place = (t: Texts): string => (t.canaryPlaces as Readonly<Record<string, string>>)[one.what] ?? one.what;
    sheet.paragraph(line(both((t) => say(t.canaryPlace, { ...one, place: place(t), size: `${Math.ceil(one.bytes / 1_048_576)} MiB` }))));
  }
  heading(sheet, (t) => t.remains);
  for (const one of data.closure.remains) {
    sheet.paragraph(`· ${line(both((t) => remainText(t, one, time(one.until ?? null))))}`);
  }
  heading(sheet, (t) => t.signed);
  const place = (log: CertificateData['executor']['log']): string => (log === null || log.log === null ? '' : `${log.log}#${String(log.sequence)}`);
  await pdfTable(sheet, {
    empty: both((t) => t.none),
    rows: [
      ...data.approvals.map((one) => ({ what: both((t) => say(t.approver, { step: one.step })), ...one })),
      { what: both((t) => t.executor), ...data.executor },
      ...data.supervisors.map((one) => ({ what: both((t) => (one.outside ? t.supervisorOutside : t.supervisor)), ...one })),
    ],
    columns: [
      { head: both((t) => t.office), share: 3, value: (row) => line(row.what) },
      { head: both((t) => t.name), share: 2, value: (row) => row.name },
      { head: both((t) => t.at), share: 2, value: (row) => time(row.at) },
      { head: both((t) => t.log), share: 2, value: (row) => place(row.log) },
    ],
  });
  heading(sheet, (t) => t.list);
  if (data.items.length > PRINTED) sheet.paragraph(line(both((t) => say(t.listCut, { printed: PRINTED, count: data.items.length }))));
  await pdfTable(sheet, {
    empty: both((t) => t.none),
    size: 7.5,
    rows: data.items.slice(0, PRINTED),
    columns: [
      { head: both((t) => t.position), share: 1, align: 'right', value: (row) => String(row.position) },
      { head: both((t) => t.code), share: 4, value: (row) => row.archivalCode },
      { head: both((t) => t.serviceNo), share: 3, value: (row) => row.serviceNo },
      { head: both((t) => t.closed), share: 2, value: (row) => time(row.dates.closed).slice(0, 10) },
      { head: both((t) => t.objectCount), share: 1, align: 'right', value: (row) => String(row.objects.length) },
      { head: both((t) => t.state), share: 3, value: (row) => line(both((t) => t.states[row.state])) },
    ],
  });
  signatures(
    sheet,
    data.supervisors.map((one) => ({ role: both((t) => t.witnessed), name: one.name, ...(one.at === null ? {} : { at: new Date(one.at) }) })),
    zone,
  );
  return signPdf(deps.signer, sheet, { reason: line(title), name: deps.archiveName, at });
}

function heading(sheet: Sheet, pick: (t: Texts) => string): void {
  sheet.room(60);
  sheet.y += 8;
  sheet.paragraph(line(both(pick)), { weight: 'bold', size: 10.5 });
}
