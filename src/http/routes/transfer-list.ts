import { flatten, transferListPdf } from '../../documents/index.js';
import { phrasesFor, say } from '../../phrases/index.js';
import { transferList } from '../../records/index.js';
import { contentDisposition } from '../disposition.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';

/** The transfer list 归档移交清册 of a batch as a PDF, in both languages, with both sides' confirmations. */
export async function transferListReply(deps: HttpDeps, ctx: RequestContext, id: string): Promise<Reply> {
  const { batch, rows } = await transferList(deps.records, ctx.actor, id);
  const { values } = phrasesFor(ctx.lang);
  const texts = phrasesFor(ctx.lang).intake;
  const names = await deps.accounts.namesOfPersons([batch.handedOverBy, batch.receivedBy].filter((one) => one !== null));
  const signed = (by: string | null, at: string | null) => (by === null || at === null ? undefined : { name: names.get(by) ?? by, at: new Date(at) });
  const handedOver = signed(batch.handedOverBy, batch.handedOverAt);
  const received = signed(batch.receivedBy, batch.receivedAt);
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: deps.config.timeZone });
  async function* lines() {
    for await (const row of flatten(rows)) {
      if (!row.seen) {
        yield { archivalCode: '—', title: texts.notShown, date: '', extent: '', medium: '', retention: '', note: '' };
        continue;
      }
      yield {
        archivalCode: row.archival_code ?? row.service_no,
        title: row.title,
        date: day.format(row.closed_at),
        extent: String(row.file_count),
        medium: values.medium[row.medium as keyof typeof values.medium],
        retention: say(texts.until, { date: row.term_until }),
        note: row.archival_code === null ? values.recordState[row.state as keyof typeof values.recordState] : '',
      };
    }
  }
  const pdf = await transferListPdf({
    archive: deps.config.archiveName,
    fonds: deps.config.fonds,
    batch: batch.number,
    from: batch.sourceSystem,
    to: deps.config.archiveName,
    madeAt: deps.now(),
    zone: deps.config.timeZone,
    rows: lines(),
    ...(handedOver ? { handedOver } : {}),
    ...(received ? { received } : {}),
  });
  return {
    body: pdf,
    type: 'application/pdf',
    headers: { 'Content-Disposition': contentDisposition(`${texts.transferList}-${batch.number}.pdf`, 'application/pdf', 'view') },
  };
}

export function transferListRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/batches/:id/transfer-list.pdf',
      name: 'printTransferList',
      tag: 'intake',
      summary: 'The transfer list of a batch as a PDF.',
      guard: 'batch.view',
      kind: 'api',
      params: idParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => transferListReply(deps, ctx, params.id),
    }),
  ];
}
