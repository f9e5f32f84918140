import type { Actor } from '../../audit/index.js';
import { summariesOf, type RecordSummary } from '../../records/index.js';
import type { HoldsDeps } from './deps.js';
import type { ScopeInput } from './input.js';
import { onHold } from './refusal.js';
import { checkedScope } from './set.js';
import { previewOf } from './take/store.js';
import { HOLD_TAKES } from './values.js';

/** Records of a preview. */
const SAMPLE = 20;

export interface HoldPreview {
  /** Records that the viewer may find there now. */
  total: number;
  /** More than a hold takes at once: the scope has to be made smaller. */
  tooMany: boolean;
  /** The newest of them. */
  sample: RecordSummary[];
}

/** How many records a hold would take now, and which, as far as the viewer may find them. */
export async function previewHold(deps: HoldsDeps, actor: Actor, input: ScopeInput): Promise<HoldPreview> {
  return onHold(deps, actor, { act: 'hold.preview', id: null }, async () => {
    deps.access.authorize(actor, 'hold.propose');
    const scope = await checkedScope(deps, actor, input);
    // one over a log takes no record
    const over = 'filters' in scope ? { filters: scope.filters } : 'log' in scope ? { list: [] } : scope;
    const { total, ids } = await previewOf(deps.db, over, deps.access.where(actor, 'record.list', 'r'), SAMPLE);
    const found = new Map((await summariesOf(deps.search, actor, ids)).map((one) => [one.id, one]));
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'hold.preview',
        subject: { kind: 'list', id: 'holds' },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { count: total },
        side: 'client' in scope ? { client: scope.client } : 'query' in scope ? { query: scope.query } : {},
      }),
    );
    return { total, tooMany: total > HOLD_TAKES, sample: ids.flatMap((id) => found.get(id) ?? []) };
  });
}
