import type { SearchEngine } from '../../search/index.js';
import { useView } from '../components/context.js';
import { Confirm } from '../components/forms.js';
import { Facts, Figures, ProgressBar, Section, State } from '../components/marks.js';
import { paths } from '../paths.js';

/** How the full-text index is. */
export interface IndexPart {
  kind: SearchEngine['kind'];
  /** `null` while the engine is out of reach. */
  count: number | null;
  pending: number;
  building: { done: number; total: number } | null;
  lastError: string | null;
  mayRebuild: boolean;
}

/** Engine, documents, what waits, what failed, and building anew. */
export function IndexState({ index }: { index: IndexPart }) {
  const { p, say, f } = useView();
  const t = p.pages.searchIndex;
  return (
    <Section title={t.title} id="index">
      <div class="stack">
        <Figures
          figures={[
            { term: t.documents, value: index.count === null ? '—' : f.number(index.count) },
            { term: t.pending, value: f.number(index.pending) },
          ]}
        />
        <Facts
          facts={[
            { term: t.engine, value: t.engines[index.kind] },
            { term: t.state, value: <Standing index={index} /> },
            { term: t.lastError, value: index.lastError && <span class="code small">{index.lastError}</span> },
          ]}
        />
        {index.building ? (
          <div>
            <ProgressBar done={index.building.done} total={index.building.total} label={t.building} source={paths.indexProgress} />
            <p class="small muted" data-figure="index">
              {say(t.progress, { done: index.building.done, total: index.building.total })}
            </p>
          </div>
        ) : null}
        {index.mayRebuild && index.building === null ? (
          <Confirm action={paths.systemAct('rebuild-index')} open={t.rebuild} title={t.rebuild} submit={t.rebuildSubmit}>
            {t.rebuildLead}
          </Confirm>
        ) : null}
      </div>
    </Section>
  );
}

function Standing({ index }: { index: IndexPart }) {
  const { p } = useView();
  const t = p.pages.searchIndex;
  if (index.count === null)
    return (
      <State tone="bad" shape="triangle">
        {t.away}
      </State>
    );
  if (index.building)
    return (
      <State tone="act" shape="half">
        {t.building}
      </State>
    );
  return index.pending > 0 ? (
    <State tone="warn" shape="ring">
      {t.behind}
    </State>
  ) : (
    <State tone="good" shape="square">
      {t.well}
    </State>
  );
}
