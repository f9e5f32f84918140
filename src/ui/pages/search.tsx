import type { FieldError } from '../../errors/index.js';
import type { SearchAnswer, Sort } from '../../search/index.js';
import { AskFields, type Ask } from '../components/go.js';
import { useView } from '../components/context.js';
import { TextField, type FormState } from '../components/forms.js';
import { Note } from '../components/notes.js';
import { PageHead } from '../components/marks.js';
import { HoldFound } from './search-hold.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { Facets, SetFilters } from './search-facets.js';
import { Away, Nothing, OwnSearches, Problems, Start } from './search-help.js';
import { Dossier, Results } from './search-results.js';

/** A search of one's own, saved or recent. */
export interface OwnSearch {
  /** Saved ones have one. */
  id: string | null;
  name: string;
  ask: Ask;
  at: string;
}

export interface SearchModel {
  /** What stands in the box and in titles; personal data in it is masked. */
  shown: string;
  /** The query as it was typed. */
  ask: Ask;
  /** `null`: nothing was asked, or nothing could be. */
  answer: SearchAnswer | null;
  /** What was not understood, and the engine that was away, say why there is no answer. */
  problems: readonly FieldError[];
  away: { building: SearchAnswer['building'] } | null;
  /** Departments by code in the viewer's language. */
  departments: Readonly<Record<string, string>>;
  mayOpenDossier: boolean;
  /** Whether reading can be applied for from here. */
  mayApply?: boolean;
  /** The purpose of the last reading, offered for one keystroke. */
  last: { purpose: string; text: string; ticket: string | null } | null;
  saved: readonly OwnSearch[];
  recent: readonly OwnSearch[];
  /** Whether what was found may be put under a disposal hold, and the query itself, being nothing but filters; `null`: not by this viewer. */
  holding: { filters: boolean } | null;
  /** A name for a saved search that was refused. */
  saving: FormState | null;
  /** A saved search that was removed a moment ago. */
  removed: { name: string; q: string; sort: Sort } | null;
}

export const searchPage: PageOf<SearchModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.find;
  const { answer } = model;
  const title = model.shown ? say(t.resultsFor, { query: model.shown }) : t.title;
  return {
    title,
    queryInvalid: model.problems.length > 0,
    body: (
      <div class="stack">
        {model.removed ? <Removed removed={model.removed} /> : null}
        {model.problems.length > 0 ? <Problems problems={model.problems} q={model.ask.q} /> : null}
        {model.away ? <Away ask={model.ask} building={model.away.building} /> : null}
        {answer === null ? (
          <>
            <PageHead title={t.title} />
            <div class="stack-l">
              <Start />
              <OwnSearches model={model} />
            </div>
          </>
        ) : (
          <>
            <PageHead title={title} lead={<Lead answer={answer} />}>
              <Save model={model} />
              {model.holding ? <HoldFound q={model.ask.q} answer={answer} filters={model.holding.filters} /> : null}
            </PageHead>
            {answer.building !== null || (answer.withoutText && answer.items.length === 0) ? <Away ask={model.ask} building={answer.building} /> : null}
            <SetFilters model={model} answer={answer} />
            {answer.withoutText && answer.building === null && answer.items.length > 0 ? <p class="small muted">{t.away.numbersOnly}</p> : null}
            {answer.corrections.length > 0 ? <p class="small muted">{say(t.corrections, { words: view.f.list(answer.corrections) })}</p> : null}
            {answer.client !== null && model.mayOpenDossier ? <Dossier client={answer.client} /> : null}
            {answer.items.length === 0 ? (
              answer.withoutText || answer.building !== null ? null : (
                <Nothing model={model} answer={answer} />
              )
            ) : (
              <div class="find-grid">
                <Results model={model} answer={answer} />
                <Facets model={model} answer={answer} />
              </div>
            )}
          </>
        )}
      </div>
    ),
  };
};

function Lead({ answer }: { answer: SearchAnswer }) {
  const { p, say, f } = useView();
  const t = p.pages.find;
  if (answer.items.length === 0) return null;
  const to = answer.from + answer.items.length - 1;
  return (
    <span role="status">
      {say(answer.capped ? t.totalCapped : t.total, { count: answer.total })} · {say(t.place, { from: f.number(answer.from), to: f.number(to) })}
      {answer.capped ? <span class="small"> {say(t.cappedHint, { count: answer.total })}</span> : null}
    </span>
  );
}

function Save({ model }: { model: SearchModel }) {
  const { p } = useView();
  const t = p.pages.find.saved;
  return (
    <details class="menu" data-menu="" data-save="" open={model.saving !== null}>
      <summary class="button">{t.save}</summary>
      <div>
        <form class="stack" method="post" action={paths.saveSearch}>
          <TextField form={model.saving ?? { values: { name: model.shown.slice(0, 60) }, errors: [] }} name="name" label={t.name} maxLength={60} must />
          <button class="button primary">{p.ui.save}</button>
          <AskFields ask={model.ask} />
        </form>
      </div>
    </details>
  );
}

/** Undoing is saving it again: what it was stands in the form, never in a cookie. */
function Removed({ removed }: { removed: NonNullable<SearchModel['removed']> }) {
  const { p, say } = useView();
  return (
    <Note kind="good" role="status">
      <form class="row row-between" method="post" action={paths.saveSearch}>
        <span>{say(p.pages.find.saved.removed, { name: removed.name })}</span>
        <AskFields ask={removed} />
        <input type="hidden" name="name" value={removed.name} />
        <button class="button quiet" name="back" value="yes">
          {p.ui.undo}
        </button>
      </form>
    </Note>
  );
}
