import { readPage, type ReadingView } from '../records/index.js';
import { requestNumberOf, visitorOf } from '../requests/index.js';
import type { HttpDeps } from './deps.js';
import type { RequestContext } from './route.js';

/** Pages of a file, once it was painted; a number alone, and it never changes. */
const known = new Map<string, number>();
const MOST_KNOWN = 5000;

/** What stands in the mark: the name of the reader, or of the person from outside who is shown it on site, the number of the application or, where there was none, of the reading, and the time in the archive's zone. */
export async function markOf(deps: HttpDeps, ctx: RequestContext, readingId: string): Promise<[string, string]> {
  const who = await deps.accounts.whoIs(ctx.actor);
  const number = (await requestNumberOf(deps.requests, ctx.actor, readingId)) ?? readingId.slice(-12).toUpperCase();
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone: deps.config.timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(deps.now());
  const reader = (await visitorOf(deps.requests, ctx.actor, readingId)) ?? who.name;
  return [`${reader} ${number}`, time];
}

/** One marked page of a file. */
export async function markedPage(deps: HttpDeps, ctx: RequestContext, asked: { readingId: string; fileId: string; page: number; kind: 'view' | 'print' }) {
  const painted = await readPage(deps.records, deps.painter, ctx.actor, { ...asked, mark: await markOf(deps, ctx, asked.readingId) });
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(asked.fileId, painted.pages);
  return painted;
}

/** How many pages a file has: painted once where nobody knows yet, an access like any other. */
export async function pagesOf(deps: HttpDeps, ctx: RequestContext, view: ReadingView, fileId: string, kind: 'view' | 'print'): Promise<number> {
  return known.get(fileId) ?? (await markedPage(deps, ctx, { readingId: view.id, fileId, page: 1, kind })).pages;
}
