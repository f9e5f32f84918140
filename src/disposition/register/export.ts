import type { Actor } from '../../audit/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { itemViews } from './view-store.js';
import { itemViewOf, registerFor, type RegisterItemView } from './view.js';

/** Every item of a register as a table; of one that the viewer may not find no title. */
export async function exportRegister(deps: DispositionDeps, actor: Actor, id: string): Promise<{ number: string; items: RegisterItemView[] }> {
  const { row } = await registerFor(deps, actor, id);
  const rows = await itemViews(deps.db, id, deps.access.where(actor, 'record.list', 'r'));
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'destruction.export',
      subject: { kind: 'destruction', id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: row.number, rows: rows.length },
    }),
  );
  return { number: row.number, items: rows.map((one) => itemViewOf(deps, id, one)) };
}
