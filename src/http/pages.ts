import { type Actor, nobody } from '../audit/index.js';
import { lacksFactor, type Act } from '../access/index.js';
import type { CodedError } from '../errors/index.js';
import { errorPage as errorPageOf, paths, render, type Chrome, type Flash, type NavItem, type NavKey, type PageOf } from '../ui/index.js';
import { countWaiting } from '../records/index.js';
import type { HttpDeps } from './deps.js';
import type { CookieToSet, Reply, RequestContext } from './route.js';

export const FLASH_COOKIE = '__Host-flash';

/** The act that opens each place of the navigation; what a role may not enter is not shown. */
const PLACES: readonly [NavKey, Act | null][] = [
  ['home', null],
  ['take_in', 'record.capture'],
  ['arrange', 'record.arrange'],
  ['batches', 'batch.view'],
  ['imports', 'import.view'],
  ['browse', 'record.list'],
  ['readings', 'reading.own'],
  ['requests', 'request.own'],
  ['grants', 'reading.own'],
  ['appraisals', 'appraisal.view'],
  ['appraisals', 'appraisal.sign'],
  ['destruction', 'destruction.list'],
  ['lateness', 'report.lateness'],
  ['retention', 'retention.view'],
  ['destructions', 'destruction.progress'],
  ['people', 'person.view'],
  ['access', 'policy.view'],
  ['policies', 'policy.view'],
  ['standing', 'standing.view'],
  ['changes', 'change.see'],
  ['usage', 'usage.view'],
  ['signals', 'signal.view'],
  ['account_review', 'account.review'],
  ['compliance', 'report.compliance'],
  ['privacy', 'privacy.view'],
  ['disclosures', 'disclosure.view'],
  ['holds', 'hold.propose'],
  ['audit', 'audit.search'],
  ['evidence', 'evidence.view'],
  ['system', 'key.status'],
];

async function navOf(deps: HttpDeps, actor: Actor): Promise<NavItem[]> {
  if (actor.kind === 'nobody' || lacksFactor(actor, 'signed-in')) return [];
  const may = (act: Act | null): boolean => act === null || deps.access.mayEver(actor, act);
  // the register of disclosures is a tab of the requests for whoever enters those; leavers and sleepers are one of the signals
  const open = PLACES.filter(
    ([key, act]) => may(act) && (key !== 'disclosures' || !may('privacy.view')) && (key !== 'account_review' || !may('signal.view')),
  ).map(([key]) => key);
  const list: NavItem[] = [...new Set(open)].map((key) => ({ key }));
  if (!list.some((one) => one.key === 'arrange') && !deps.access.mayEver(actor, 'record.capture')) return list;
  const waiting = await countWaiting(deps.records, actor);
  const arrange = list.find((one) => one.key === 'arrange');
  if (arrange) arrange.count = waiting.received;
  if (waiting.mine > 0) list.splice(list.findIndex((one) => one.key === 'take_in') + 1, 0, { key: 'sent_back', count: waiting.mine });
  return list;
}

/** Around what a visitor sees stands nothing: nobody is greeted, asked or led anywhere. */
const lockedChrome = (deps: HttpDeps, ctx: RequestContext): Chrome => ({
  lang: ctx.lang,
  theme: ctx.theme,
  timeZone: deps.config.timeZone,
  now: deps.now(),
  here: ctx.url,
  archiveName: deps.config.archiveName,
  fonds: deps.config.fonds,
  version: deps.version,
  demo: deps.demo,
  requestId: ctx.actor.requestId,
  user: null,
  nav: [],
});

/** What stands around every page of this request. */
export async function chromeOf(deps: HttpDeps, ctx: RequestContext, more: { query?: string } = {}): Promise<Chrome> {
  if (ctx.actor.locked !== undefined) return lockedChrome(deps, ctx);
  const flash = readFlash(ctx.cookie(FLASH_COOKIE));
  const who = ctx.actor.kind === 'nobody' ? null : await deps.accounts.whoIs(ctx.actor);
  const devices = (await deps.accounts.askedDevices(ctx.actor)).map((one) => ({ ...one, at: one.at.toISOString() }));
  return {
    lang: ctx.lang,
    theme: ctx.theme,
    timeZone: deps.config.timeZone,
    now: deps.now(),
    here: ctx.url,
    archiveName: deps.config.archiveName,
    fonds: deps.config.fonds,
    version: deps.version,
    demo: deps.demo,
    requestId: ctx.actor.requestId,
    user: who,
    nav: await navOf(deps, ctx.actor),
    mayFind: who !== null && deps.access.mayEver(ctx.actor, 'record.list'),
    ...(more.query === undefined ? {} : { query: more.query }),
    ...(flash ? { flash } : {}),
    devices,
  };
}

/** Answers a page; a flash that it showed is forgotten. */
export async function page<Model>(
  deps: HttpDeps,
  ctx: RequestContext,
  shape: PageOf<Model>,
  model: Model,
  more: { query?: string; status?: number } = {},
): Promise<Reply> {
  const chrome = await chromeOf(deps, ctx, more);
  return {
    status: more.status ?? 200,
    html: render(shape, model, chrome),
    ...(chrome.flash ? { cookies: [{ name: FLASH_COOKIE, value: '', maxAge: 0 }] } : {}),
  };
}

/** Goes to another page after an act, and says there what happened. */
export function redirectWith(to: string, flash?: Flash): Reply {
  return { redirect: to, ...(flash ? { cookies: [flashCookie(flash)] } : {}) };
}

export function flashCookie(flash: Flash): CookieToSet {
  return { name: FLASH_COOKIE, value: Buffer.from(JSON.stringify(flash)).toString('base64url'), maxAge: 60 };
}

const KINDS = new Set(['good', 'warn', 'bad', 'info']);

/** The cookie is the caller's to forge: only its shape is believed, and every word of it is a code with escaped slots. */
function readFlash(cookie: string | undefined): Flash | undefined {
  if (cookie === undefined || cookie === '' || cookie.length > 1000) return undefined;
  try {
    const value = JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8')) as Partial<Flash>;
    if (typeof value.code !== 'string' || !KINDS.has(value.kind ?? '')) return undefined;
    const params = Object.entries(value.params ?? {}).filter(([, one]) => typeof one === 'string' || typeof one === 'number');
    return { kind: value.kind as Flash['kind'], code: value.code.slice(0, 60), params: Object.fromEntries(params) };
  } catch {
    return undefined;
  }
}

/** A local path to go to after signing in; anything that could leave this site becomes the home page. */
export function localPath(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\') && text.length <= 2000 ? text : paths.home;
}

/** The page of an error, also before anybody is known. */
export function errorPage(
  deps: HttpDeps,
  where: { lang: 'zh' | 'en'; theme: 'auto' | 'light' | 'dark'; requestId: string; actor: unknown },
  error: CodedError,
): string {
  const actor = (where.actor as Actor | undefined) ?? nobody({ address: null, requestId: where.requestId });
  const chrome: Chrome = {
    lang: where.lang,
    theme: where.theme,
    timeZone: deps.config.timeZone,
    now: deps.now(),
    here: paths.home,
    archiveName: deps.config.archiveName,
    fonds: deps.config.fonds,
    version: deps.version,
    demo: deps.demo,
    requestId: where.requestId,
    user: null,
    nav: [],
  };
  return render(
    errorPageOf,
    {
      code: error.code,
      status: error.status,
      params: error.params,
      requestId: where.requestId,
      at: deps.now().toISOString(),
      signedIn: actor.kind !== 'nobody',
      locked: actor.locked !== undefined,
    },
    chrome,
  );
}
