import { RecordStateMark, Section, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { FilterChips, Pager, type FilterChip, type Paging } from '../components/tables.js';
import { RecordTable, type RecordRow } from '../components/records.js';
import { SelectField, TextField, optionsOf, type FormState, type Option } from '../components/forms.js';
import { PageHead } from '../components/marks.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { AllPhrases } from '../../phrases/index.js';
import type { RecordState } from '../../records/values.js';

export type WaitKind = keyof AllPhrases['pages']['home']['waitKinds'];

export interface HomeModel {
  name: string;
  /** Hour of the day where the archive stands, for the greeting. */
  hour: number;
  mayFind: boolean;
  waits: readonly { kind: WaitKind; count: number; href: string; urgent: boolean }[];
  /** `null`: the role reads nothing. */
  recent: readonly { id: string; title: string; code: string; state: RecordState; readAt: string; purpose: string }[] | null;
  saved: readonly { name: string; href: string; remove: string }[] | null;
}

export const homePage: PageOf<HomeModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.home;
  const hello = model.hour < 11 ? t.hello.morning : model.hour < 18 ? t.hello.day : t.hello.evening;
  return {
    title: t.title,
    section: 'home',
    body: (
      <div class="stack-l">
        <PageHead title={say(hello, { name: model.name })} lead={f.date(view.now)} />
        <section aria-labelledby="waits">
          <h2 id="waits" class="hidden">
            {t.waits}
          </h2>
          {model.waits.length === 0 ? (
            <p class="muted">{t.nothingWaits}</p>
          ) : (
            <div class="waits">
              {model.waits.map(({ kind, count, href, urgent }) => (
                <a key={kind} class={urgent ? 'wait now' : 'wait'} href={href}>
                  <b>{f.number(count)}</b>
                  <span>{t.waitKinds[kind]}</span>
                </a>
              ))}
            </div>
          )}
        </section>
        <div class="columns">
          {model.recent === null ? null : (
            <Section
              title={t.recent}
              aside={
                <a class="small" href={paths.readings}>
                  {p.ui.nav.readings}
                </a>
              }
            >
              {model.recent.length === 0 ? (
                <Empty title={t.noRecent.title}>{t.noRecent.text}</Empty>
              ) : (
                <ul class="shelf">
                  {model.recent.map((record) => (
                    <li key={`${record.id}${record.readAt}`}>
                      <a class="title" href={paths.record(record.id)}>
                        {record.title}
                      </a>
                      <RecordStateMark state={record.state} />
                      <span class="sub">
                        <span class="code">{record.code}</span> · {record.purpose} · <When at={record.readAt} relative />
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          )}
          {model.saved === null ? null : (
            <Section title={t.saved}>
              {model.saved.length === 0 ? (
                <p class="small muted">{t.noSaved}</p>
              ) : (
                <ul class="shelf">
                  {model.saved.map(({ name, href }) => (
                    <li key={href}>
                      <a href={href}>{name}</a>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          )}
        </div>
      </div>
    ),
  };
};

export type FoundBy = keyof AllPhrases['pages']['search']['foundBy'];

export interface SearchModel {
  /** What to show as the words looked for; a phone number comes masked. */
  query: string;
  /** What carries the query through the address: the words, or an opaque token where they are personal data. */
  carry: Readonly<Record<string, string>>;
  foundBy: readonly FoundBy[];
  rows: readonly RecordRow[];
  paging: Paging;
  chips: readonly FilterChip[];
  clear?: string;
  filters: FormState;
  departments: readonly Option[];
  maySave: boolean;
}

export const searchPage: PageOf<SearchModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.search;
  const title = model.query ? say(t.resultsFor, { query: model.query }) : t.title;
  return {
    title,
    body: (
      <>
        <PageHead title={title} lead={model.foundBy.map((way) => t.foundBy[way]).join(' · ')}>
          {model.maySave && model.rows.length > 0 ? <SaveSearch model={model} /> : null}
        </PageHead>
        {model.query === '' && model.rows.length === 0 && model.chips.length === 0 ? (
          <Empty title={t.start.title}>{t.start.text}</Empty>
        ) : (
          <div class="stack">
            <form class="filters" method="get" action={paths.search}>
              {hidden(model.carry)}
              <SelectField form={model.filters} name="type" label={t.filters.serviceType} blank={p.ui.any} options={optionsOf(p.values.serviceType)} />
              <SelectField form={model.filters} name="clientType" label={t.filters.clientType} blank={p.ui.any} options={optionsOf(p.values.clientType)} />
              <SelectField form={model.filters} name="sensitivity" label={t.filters.sensitivity} blank={p.ui.any} options={optionsOf(p.values.sensitivity)} />
              {model.departments.length > 1 ? (
                <SelectField form={model.filters} name="department" label={t.filters.department} blank={p.ui.any} options={model.departments} />
              ) : null}
              <TextField form={model.filters} name="year" label={t.filters.year} maxLength={4} />
              <button class="button">{p.ui.filter}</button>
            </form>
            <FilterChips chips={model.chips} {...(model.clear ? { clear: model.clear } : {})} />
            {model.rows.length === 0 ? (
              <Empty title={say(t.none.title, { query: model.query })}>{t.none.text}</Empty>
            ) : (
              <>
                <RecordTable rows={model.rows} caption={title} />
                <Pager paging={model.paging} />
              </>
            )}
          </div>
        )}
      </>
    ),
  };

  function SaveSearch({ model: { query, carry } }: { model: SearchModel }) {
    return (
      <details class="menu">
        <summary class="button">{t.save}</summary>
        <div>
          <form class="stack" method="post" action={paths.saveSearch}>
            {hidden(carry)}
            <TextField form={{ values: { name: query }, errors: [] }} name="name" label={t.saveName} maxLength={80} />
            <button class="button primary">{p.ui.save}</button>
          </form>
        </div>
      </details>
    );
  }
};

function hidden(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />);
}
