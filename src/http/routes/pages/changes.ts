import { countChanges, listChanges, seeChange, type WaitingChange } from '../../../access/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { changesPage, paths, type ChangeRowModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { changesDeps } from '../changes.js';
import { actAt } from './acts.js';
import { formBody } from './common.js';

/** Where a kind of change is shown in full. */
const PLACES: Record<WaitingChange['kind'], (one: WaitingChange) => string | null> = {
  role: (one) => (one.facts['person'] === undefined ? null : paths.person(one.facts['person'])),
  policy: () => `${paths.policies}?kind=access`,
  scheme: () => `${paths.policies}?kind=scheme`,
  schedule: () => `${paths.policies}?kind=schedule`,
  standing: (one) => (one.facts['rule'] === undefined ? paths.standing : paths.standingRule(one.facts['rule'])),
  signals: () => `${paths.policies}?kind=signals`,
  calendar: () => `${paths.policies}?kind=calendar`,
  disposition: () => `${paths.policies}?kind=disposition`,
  oversight: () => `${paths.policies}?kind=oversight`,
};

function whatOf(ctx: RequestContext, one: WaitingChange, names: ReadonlyMap<string, string>): string {
  const t = phrasesFor(ctx.lang).pages.changes.what;
  const { role = '', person = '', digest = '', name = '', rule = '' } = one.facts;
  switch (one.kind) {
    case 'role':
      return say(t.role, { role: (phrasesFor(ctx.lang).access.roles as Record<string, string>)[role] ?? role, name: names.get(person) ?? person });
    case 'policy':
      return say(t.policy, { version: digest.replace('sha256:', '').slice(0, 12) });
    case 'standing':
      return say(t.standing, { rule: rule || name });
    default:
      return say(t.file, { name });
  }
}

async function rowsOf(deps: HttpDeps, ctx: RequestContext): Promise<ChangeRowModel[]> {
  const waiting = await listChanges(changesDeps(deps), ctx.actor);
  const ids = waiting.flatMap((one) => [one.proposedBy, one.facts['person']]).filter((id) => typeof id === 'string');
  const names = await deps.accounts.namesOfPersons([...new Set(ids)]);
  return waiting.map((one) => ({
    id: one.id,
    kind: one.kind,
    what: whatOf(ctx, one, names),
    href: PLACES[one.kind](one),
    by: one.proposedBy === null ? null : (names.get(one.proposedBy) ?? one.proposedBy),
    at: one.proposedAt.toISOString(),
    overdue: one.overdue,
  }));
}

/** How many changes wait for this person to see them, for the navigation and the home page. */
export async function changesToSee(deps: HttpDeps, ctx: Pick<RequestContext, 'actor'>): Promise<number> {
  return deps.access.mayEver(ctx.actor, 'change.see') ? countChanges(changesDeps(deps), ctx.actor) : 0;
}

/** Changes of roles and rules, as the audit administrator sees them before anybody can put them in force. */
export function changePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.changes,
      name: 'changesPage',
      guard: 'change.see',
      handler: async (ctx) => page(deps, ctx, changesPage, { rows: await rowsOf(deps, ctx), waitHours: deps.config.changeWaitHours }),
    }),
    definePage({
      method: 'post',
      path: `${paths.changes}/:id/see`,
      name: 'seeChangeForm',
      guard: 'change.see',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.changes, 'change_seen', () => seeChange(changesDeps(deps), ctx.actor, { id: params.id })),
    }),
  ];
}
