import type { FacetValue, SearchAnswer, SetFilter } from '../../search/index.js';
import { FACETS, type Facet } from '../../search/port.js';
import { useView } from '../components/context.js';
import { Go } from '../components/go.js';
import { textOf, type View } from '../view.js';
import type { SearchModel } from './search.js';

/** Values of a facet that are shown at once; the rest stands behind one more click. */
const SHOWN = 6;

/** In their own order, the latest or best first; the others come by count. */
const NUMERIC: ReadonlySet<Facet> = new Set(['year', 'evaluation']);

type Words = Pick<View, 'p' | 'say'>;

/** What a value of a facet or filter is called; numbers of clients and names of people stand for themselves. */
function wordOf({ p, say }: Words, kind: Facet | SetFilter['key'], value: string, departments: SearchModel['departments']): string {
  const { values } = p;
  switch (kind) {
    case 'service_type':
    case 'type':
      return textOf(values.serviceType, value);
    case 'client_type':
    case 'clientType':
      return textOf(values.clientType, value);
    case 'channel':
      return textOf(values.channel, value);
    case 'sensitivity':
      return textOf(values.sensitivity, value);
    case 'medium':
      return textOf(values.medium, value);
    case 'state':
      return textOf(values.recordState, value);
    case 'department':
      return textOf(departments, value);
    case 'evaluation':
      return say(p.pages.find.stars, { count: value });
    default:
      return value;
  }
}

/** The filters in force, each a chip that a click takes away. */
export function SetFilters({ model, answer }: { model: SearchModel; answer: SearchAnswer }) {
  const view = useView();
  const { p, say } = view;
  if (answer.filters.length === 0) return null;
  return (
    <ul class="chips" aria-label={p.ui.filters}>
      {answer.filters.map((one) => (
        <li key={`${one.key}:${one.value}`}>
          <Go class="chip on" ask={{ ...model.ask, q: one.remove, after: undefined }} title={say(p.ui.removeFilter, { name: p.pages.find.keys[one.key] })}>
            {p.pages.find.keys[one.key]}
            <b>{wordOf(view, one.key, one.value, model.departments)}</b>
            <span aria-hidden="true">×</span>
          </Go>
        </li>
      ))}
    </ul>
  );
}

/** How a filter that is set reads in a sentence. */
export function filterText(view: Words, one: SetFilter, departments: SearchModel['departments']): string {
  return `${view.p.pages.find.keys[one.key]}${view.p.common.colon}${wordOf(view, one.key, one.value, departments)}`;
}

/** Counts of the hits by every column, each a link that narrows them down. */
export function Facets({ model, answer }: { model: SearchModel; answer: SearchAnswer }) {
  const { p } = useView();
  const t = p.pages.find.facets;
  const some = FACETS.flatMap((facet) => {
    const values = answer.facets[facet] ?? [];
    return values.length === 0 ? [] : [{ facet, values: NUMERIC.has(facet) ? values.toSorted((a, b) => Number(b.value) - Number(a.value)) : values }];
  });
  if (some.length === 0) return null;
  return (
    <aside class="facets no-print" id="facets" aria-labelledby="facets-title">
      <h2 id="facets-title">{t.title}</h2>
      {some.map(({ facet, values }) => (
        <section key={facet} aria-labelledby={`facet-${facet}`}>
          <h3 id={`facet-${facet}`}>{t[facet]}</h3>
          <FacetList facet={facet} values={values} model={model} />
        </section>
      ))}
    </aside>
  );
}

function FacetList({ facet, values, model }: { facet: Facet; values: readonly FacetValue[]; model: SearchModel }) {
  const { p, say } = useView();
  const set = values.filter((one) => one.set);
  const others = values.filter((one) => !one.set);
  const first = [...set, ...others.slice(0, Math.max(SHOWN - set.length, 0))];
  const rest = others.slice(Math.max(SHOWN - set.length, 0));
  const list = (some: readonly FacetValue[]) => (
    <ul>
      {some.map((one) => (
        <li key={one.value}>
          <FacetLink facet={facet} one={one} model={model} />
        </li>
      ))}
    </ul>
  );
  return (
    <>
      {list(first)}
      {rest.length > 0 ? (
        <details class="more">
          <summary>{say(p.pages.find.facets.more, { count: rest.length })}</summary>
          {list(rest)}
        </details>
      ) : null}
    </>
  );
}

function FacetLink({ facet, one, model }: { facet: Facet; one: FacetValue; model: SearchModel }) {
  const view = useView();
  const t = view.p.pages.find.facets;
  return (
    <Go class={one.set ? 'facet on' : 'facet'} current={one.set} ask={{ ...model.ask, q: one.q, after: undefined }}>
      <span class="tick" aria-hidden="true" />
      <span class="hidden">{one.set ? t.remove : t.add} </span>
      <span class="name">{wordOf(view, facet, one.value, model.departments)}</span>
      <span class="number muted">{view.f.number(one.count)}</span>
    </Go>
  );
}
