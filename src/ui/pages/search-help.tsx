import type { FieldError } from '../../errors/index.js';
import type { SearchAnswer } from '../../search/index.js';
import { useView } from '../components/context.js';
import { errorText } from '../components/forms.js';
import { findPath, Go, type Ask } from '../components/go.js';
import { ProgressBar, Section, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { paths } from '../paths.js';
import { filterText } from './search-facets.js';
import type { OwnSearch, SearchModel } from './search.js';

const examplesOf = (text: string): string[] => text.split('|');

/** What can be typed, with examples that a click tries. */
export function Start() {
  const { p } = useView();
  const t = p.pages.find.start;
  return (
    <section class="find-help" aria-label={t.title}>
      <p class="muted">{t.lead}</p>
      <dl>
        {[t.numbers, t.words, t.filters, t.people].map((one, i) => (
          <div key={one.title}>
            <dt>{one.title}</dt>
            <dd>
              <p class="small muted">{one.text}</p>
              <ul class="chips">
                {examplesOf(one.examples).map((example) => (
                  <li key={example}>
                    {i === 0 ? (
                      <span class="chip code">{example}</span>
                    ) : (
                      <a class="chip code" href={findPath({ q: example })}>
                        {example}
                      </a>
                    )}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Saved and recent searches of one's own. */
export function OwnSearches({ model }: { model: SearchModel }) {
  const { p } = useView();
  const t = p.pages.find;
  return (
    <div class="columns columns-even">
      <Section title={t.saved.title} id="saved">
        {model.saved.length === 0 ? (
          <p class="small muted">{t.saved.none}</p>
        ) : (
          <ul class="shelf">
            {model.saved.map((one) => (
              <Own key={one.id} one={one} apply={model.mayApply === true} />
            ))}
          </ul>
        )}
      </Section>
      <Section
        title={t.recent.title}
        id="recent"
        aside={
          model.recent.length === 0 ? null : (
            <form method="post" action={paths.forgetRecent}>
              <button class="link small">{t.recent.forget}</button>
            </form>
          )
        }
      >
        {model.recent.length === 0 ? (
          <p class="small muted">{t.recent.none}</p>
        ) : (
          <ul class="shelf">
            {model.recent.map((one) => (
              <Own key={one.at} one={one} />
            ))}
          </ul>
        )}
      </Section>
    </div>
  );
}

function Own({ one, apply = false }: { one: OwnSearch; apply?: boolean }) {
  const { p, say } = useView();
  const t = p.pages.find.saved;
  return (
    <li>
      <span>
        <Go ask={one.ask}>{one.name}</Go>
      </span>
      {one.id === null ? (
        <span class="small muted">
          <When at={one.at} relative />
        </span>
      ) : (
        <form class="row" method="post" action={paths.removeSearch(one.id)}>
          {apply ? (
            <a class="small" href={paths.applyToSaved(one.id)} aria-label={say(p.pages.find.applyName, { name: one.name })}>
              {p.pages.find.apply}
            </a>
          ) : null}
          <button class="link small" aria-label={say(t.removeName, { name: one.name })}>
            {t.remove}
          </button>
        </form>
      )}
    </li>
  );
}

/** Nothing found: what can be tried, and never what there may be that the viewer must not see. */
export function Nothing({ model, answer }: { model: SearchModel; answer: SearchAnswer }) {
  const view = useView();
  const { p, say } = view;
  const t = p.pages.find.none;
  const words = answer.filters.reduce((q, one) => (one.remove.length < q.length ? one.remove : q), answer.q);
  const onlyFilters = answer.filters.length === 1 && words.trim() === '';
  return (
    <>
      {answer.behind ? (
        <Note kind="info" role="status">
          <p>{t.behind}</p>
          <p class="no-print">
            <Go class="button" ask={model.ask}>
              {t.again}
            </Go>
          </p>
        </Note>
      ) : null}
      <div class="empty nothing">
        <strong>{model.shown ? say(t.titleFor, { query: model.shown }) : t.title}</strong>
        <p>{t.text}</p>
        <ul>
          {onlyFilters
            ? null
            : answer.filters.map((one) => (
                <li key={`${one.key}:${one.value}`}>
                  <Go ask={{ ...model.ask, q: one.remove, after: undefined }}>{say(t.drop, { filter: filterText(view, one, model.departments) })}</Go>
                </li>
              ))}
          <li>{t.spelling}</li>
          <li>{t.fewer}</li>
          <li>
            <a href={paths.find}>{t.help}</a>
          </li>
        </ul>
      </div>
    </>
  );
}

/** The engine is away or its index is being made: what still works, and what to do. */
export function Away({ ask, building }: { ask: Ask; building: SearchAnswer['building'] }) {
  const { p, say, f } = useView();
  const t = p.pages.find.away;
  const part = building === null || building.total === 0 ? 0 : Math.min(building.done / building.total, 1);
  return (
    <Note kind="warn" role="status">
      <strong>{building === null ? t.title : t.buildingTitle}</strong>
      {building === null ? (
        <p>
          {t.text} {t.todo}
        </p>
      ) : (
        <>
          <p>{say(t.building, { percent: f.percent(Math.floor(part * 100) / 100) })}</p>
          <ProgressBar done={Math.floor(part * 100)} total={100} label={t.progress} />
        </>
      )}
      {ask.q === '' ? null : (
        <p class="no-print">
          <Go class="button" ask={ask}>
            {t.retry}
          </Go>
        </p>
      )}
    </Note>
  );
}

/** What was not understood, where it stands, and why. Nothing was searched. */
export function Problems({ problems, q }: { problems: readonly FieldError[]; q: string }) {
  const view = useView();
  const { p, say, f } = view;
  const t = p.pages.find.problems;
  const examples = f.list(examplesOf(p.pages.find.start.filters.examples).slice(0, 3));
  return (
    <div id="find-problems">
      <Note kind="bad" role="alert">
        <strong>{t.title}</strong>
        <ul>
          {problems.map((one) => (
            <li key={`${one.field}${one.code}`}>{problemText(one)}</li>
          ))}
        </ul>
        <p class="small">{say(t.hint, { examples })}</p>
        <Marked />
      </Note>
    </div>
  );

  function problemText(one: FieldError): string {
    const reason = errorText(view, one);
    const { at, text } = one.params ?? {};
    return at === undefined || text === undefined ? reason : say(t.at, { at: Number(at), text: String(text), reason });
  }

  /** The query with the pieces that were not understood marked. */
  function Marked() {
    const spans = problems
      .flatMap(({ params }) =>
        params?.['at'] === undefined ? [] : [{ start: Number(params['at']) - 1, end: Number(params['at']) - 1 + String(params['text'] ?? '').length }],
      )
      .sort((a, b) => a.start - b.start);
    if (spans.length === 0) return null;
    return (
      <p class="code wrong-query">
        {spans.map(({ start, end }, i) => [
          q.slice(i === 0 ? 0 : (spans[i - 1]?.end ?? 0), start),
          <mark key={start} class="wrong">
            {q.slice(start, end)}
          </mark>,
        ])}
        {q.slice(spans.at(-1)?.end ?? 0)}
      </p>
    );
  }
}
