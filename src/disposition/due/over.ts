import type { Actor } from '../../audit/index.js';
import { dayText } from '../../records/index.js';
import type { DueDeps } from './deps.js';
import { placeOf } from './due.js';
import { countOver, overPage, type OverCount, type OverReason, type OverRow } from './over-store.js';

const PAGE = 50;
const BATCH = 1_000;

export interface OverQuestion {
  rule?: string | undefined;
  department?: string | undefined;
  reason?: OverReason | undefined;
  after?: string | undefined;
}

export interface OverReport {
  day: string;
  total: number;
  counts: OverCount[];
  items: OverRow[];
  next: string | null;
}

/** What is kept beyond its maximum today, by rule and department, and why (R40). */
export async function overRetained(deps: DueDeps, actor: Actor, question: OverQuestion): Promise<OverReport> {
  const { day, where } = await asked(deps, actor, question, 'retention.over', {});
  const counts = await countOver(deps.db, where, day);
  const rows = await overPage(deps.db, where, { ...question, day, after: placeOf(question.after), limit: PAGE + 1 });
  const last = rows[PAGE - 1];
  return {
    day,
    total: counts.reduce((sum, { n }) => sum + n, 0),
    counts,
    items: rows.slice(0, PAGE),
    next: rows.length > PAGE && last ? `${last.maximum}_${last.id}` : null,
  };
}

/** The same, whole. */
export async function exportOver(deps: DueDeps, actor: Actor, question: OverQuestion, format: string): Promise<{ day: string; rows: AsyncGenerator<OverRow> }> {
  const { day, where } = await asked(deps, actor, question, 'retention.export', { format });
  async function* rows(): AsyncGenerator<OverRow> {
    for (let after: { until: string; id: string } | null = null; ;) {
      const batch: OverRow[] = await overPage(deps.db, where, { ...question, day, after, limit: BATCH });
      yield* batch;
      const last = batch[BATCH - 1];
      if (!last) return;
      after = { until: last.maximum, id: last.id };
    }
  }
  return { day, rows: rows() };
}

async function asked(deps: DueDeps, actor: Actor, { rule, department, reason }: OverQuestion, act: string, more: Record<string, string>) {
  deps.access.authorizeEver(actor, 'retention.view');
  const day = dayText(deps.now(), deps.schedules.newest.timeZone);
  const said = Object.entries({ rule, department, reason }).filter((one): one is [string, string] => one[1] !== undefined);
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'list', id: 'over-retained' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { day, ...Object.fromEntries(said), ...more },
    });
  });
  return { day, where: deps.access.where(actor, 'record.list', 'r') };
}
