import { describeAct } from '../../../audit/index.js';
import { receiptRows } from '../../../evidence/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { paths, type ReceiptsModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import type { RequestContext } from '../../route.js';

/** Where the steps of a thing stand in the log, for its page; who shows it has asked whether the thing may be seen. */
export async function receiptsOf(deps: HttpDeps, ctx: RequestContext, of: Parameters<typeof paths.receipts>[0], id: string): Promise<ReceiptsModel> {
  const texts = phrasesFor(ctx.lang).audit;
  const rows = await receiptRows(deps.evidence, id);
  return { href: paths.receipts(of, id), rows: rows.map((row) => ({ ...row, act: describeAct(row.act, texts) })) };
}
