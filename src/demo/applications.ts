import { Readable } from 'node:stream';
import { expireGrants } from '../access/index.js';
import { systemActor, type Actor } from '../audit/index.js';
import { Sheet } from '../documents/index.js';
import { openReading, returnReading, type ReadingResult, type RecordsDeps } from '../records/index.js';
import { applyForReading, decideRequest, handBackRequest, keepTime, withdrawRequest } from '../requests/index.js';
import type { PaperFile, RequestsDeps } from '../requests/index.js';
import { applications, COMPANY, type Application, type Person } from './application-plots.js';
import type { DemoRecord } from './demo-records.js';
import { signature } from './files/image.js';

const DAY = 86_400_000;

/** Who plays in the applications. */
export type Cast = (person: Person) => Promise<Actor>;

export interface Shelved {
  record: DemoRecord;
  id: string;
}

interface Stage {
  records: RecordsDeps;
  requests: RequestsDeps;
  cast: Cast;
  shelf: readonly Shelved[];
}

/**
 * Applications in each of their states, made through the use-cases as if the archive had been at work for the last weeks:
 * a queue for whoever decides, a register, and a grant that is running. What time does to them is done last, as the worker would.
 * @returns how many were made
 */
export async function tellApplications(stage: Stage): Promise<number> {
  const now = stage.requests.now();
  const used = new Set<string>();
  let told = 0;
  for (const one of applications) {
    const chosen = pick(stage.shelf, one, used, now);
    if (chosen.length === 0) continue; // a small demo need not hold every kind of record
    for (const { id } of chosen) used.add(id);
    await tell(stage, one, chosen, now);
    told++;
  }
  await expireGrants(stage.records, systemActor());
  await keepTime(stage.requests, systemActor());
  return told;
}

/** Records that the plot is about: its department's and type's, archived for some time, none of them twice. */
function pick(shelf: readonly Shelved[], plot: Application, used: ReadonlySet<string>, now: Date): Shelved[] {
  const { department, types, sensitivity, count = 1 } = plot.about;
  const fits = shelf.filter(
    ({ id, record: { draft, archivedAt } }) =>
      !used.has(id) &&
      draft.department === department &&
      types.includes(draft.serviceType) &&
      draft.feedback === undefined && // it serves solving and improving alone
      (draft.sensitivity ?? null) === (sensitivity ?? null) &&
      archivedAt.getTime() < now.getTime() - plot.days * DAY,
  );
  return fits.slice(-count);
}

async function tell(stage: Stage, plot: Application, chosen: readonly Shelved[], now: Date): Promise<void> {
  let days = plot.days;
  /** The use-cases as they were so many days ago, one day further with every act. */
  const next = (): Stage => {
    const at = new Date(now.getTime() - days * DAY);
    days = Math.max(0, days - 1);
    return { ...stage, records: { ...stage.records, now: () => at }, requests: { ...stage.requests, now: () => at } };
  };
  const day = (offset: number): string =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: stage.requests.settings.zone }).format(new Date(now.getTime() + offset * DAY));
  const applicant = await stage.cast(plot.by);
  const begun = next();
  const { id } = await applyForReading(
    begun.requests,
    applicant,
    {
      numbers: chosen.map(({ record }) => record.draft.serviceNo),
      purpose: plot.purpose,
      reason: plot.reason,
      ...(plot.ticket === undefined ? {} : { ticket: plot.ticket }),
      form: plot.form,
      from: day(-plot.days),
      to: day(plot.until),
      ...(plot.outsider === undefined ? {} : { outsider: { ...plot.outsider }, disclosure: { ...plot.disclosure } }),
    },
    plot.outsider === undefined ? [] : await papersOf(plot, begun.requests),
  );
  for (const [step, { by, agree, reason }] of plot.answers.entries())
    await decideRequest(next().requests, await stage.cast(by), { requestId: id, step, agree, reason });
  if (plot.read !== undefined) await read(next(), applicant, plot, chosen, plot.read);
  if (plot.end === 'withdrawn') await withdrawRequest(next().requests, applicant, id);
  else if (plot.end !== undefined) await handBackRequest(next().requests, applicant, { requestId: id, ...plot.end });
}

/** One record of the grant is read and handed back, while the grant itself goes on. */
async function read(stage: Stage, applicant: Actor, plot: Application, [first]: readonly Shelved[], result: ReadingResult): Promise<void> {
  if (first === undefined) return;
  const reading = await openReading(stage.records, { ...applicant, granted: true }, { recordId: first.id, purpose: plot.purpose, note: plot.reason });
  await returnReading(stage.records, applicant, { readingId: reading.id, result });
}

/** What somebody from outside brings along: a letter, and a picture of the proof of identity. */
async function papersOf(plot: Application, deps: RequestsDeps): Promise<PaperFile[]> {
  const sheet = new Sheet({
    title: { zh: '查档介绍信（演示）', en: 'Letter of introduction (demo)' },
    archive: plot.outsider?.organisation || COMPANY,
    madeAt: deps.now(),
    zone: deps.settings.zone,
  });
  sheet.paragraph(plot.reason, { size: 11 });
  sheet.paragraph(plot.outsider?.name ?? '', { size: 11 });
  const body = (content: Buffer): Readable => Readable.from([content], { objectMode: false });
  return [
    { kind: 'letter', name: '介绍信.pdf', type: 'application/pdf', body: body(await sheet.finish()) },
    { kind: 'identity', name: '身份证明.png', type: 'image/png', body: body(signature(plot.days)) },
  ];
}
