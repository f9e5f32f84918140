import { Choices, ErrorSummary, errorText, optionsOf, SelectField, TextArea, TextField, type FormState } from '../components/forms.js';
import { useView } from '../components/context.js';
import { Facts, Section, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Watermark } from '../components/watermark.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { Viewer } from './reading-files.js';
import { Sheet } from './reading-sheet.js';
import type { ReadingModel } from './reading.js';

export interface OnSiteModel {
  visitId: string;
  number: string;
  visitor: string;
  by: string;
  place: string;
  purpose: string;
  endsAt: string | null;
  strayed: number;
  records: readonly { id: string; title: string; code: string; open: boolean }[];
  /** What who stands by must show to end it. */
  asked: { password: boolean; code: boolean; provider: boolean; proved: boolean };
  form: FormState;
}

/** The first page of a locked session: what may be read, who stands by, and how that person ends it. */
export const onSitePage: PageOf<OnSiteModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.siteVisits;
  const wrong = model.form.errors.find((one) => one.field === 'record');
  return {
    title: say(t.one, { visitor: model.visitor }),
    shape: 'bare',
    body: (
      <div class="stack-l" data-locked={paths.onSite}>
        <div class="reading-bar">
          <div>
            <strong>{model.visitor}</strong> · <span class="code">{model.number}</span> · {say(t.locked.by, { by: model.by })}
          </div>
          <Languages />
        </div>
        <div>
          <h1>{t.locked.title}</h1>
          <p>{t.locked.lead}</p>
        </div>
        {wrong ? (
          <Note kind="bad" role="alert">
            {errorText(view, wrong)}
          </Note>
        ) : null}
        <Facts
          facts={[
            { term: t.facts.supervisor, value: model.by },
            { term: t.facts.place, value: model.place },
            { term: t.facts.purpose, value: model.purpose },
            { term: t.facts.until, value: model.endsAt === null ? null : <When at={model.endsAt} /> },
          ]}
        />
        <Section title={t.records}>
          <ul class="shelf">
            {model.records.map((one) => (
              <li key={one.id}>
                <span class="title">{one.title}</span>
                <span class="sub">
                  <span class="code">{one.code}</span>
                </span>
                <form method="post" action={paths.showToVisitor(model.visitId)}>
                  <input type="hidden" name="record" value={one.id} />
                  <button class="button">
                    {one.open ? t.further : t.show}
                    <span class="hidden"> {one.title}</span>
                  </button>
                </form>
              </li>
            ))}
          </ul>
        </Section>
        <End model={model} />
        {model.strayed === 0 ? null : <Note kind="warn">{say(t.locked.strayed, { count: f.number(model.strayed) })}</Note>}
      </div>
    ),
  };
};

function End({ model }: { model: OnSiteModel }) {
  const { p } = useView();
  const t = p.pages.siteVisits;
  const form = { ...model.form, errors: model.form.errors.filter((one) => one.field !== 'record') };
  const { asked } = model;
  const labels: Record<string, string> = {
    result: t.end.result,
    note: t.end.note,
    password: t.locked.password,
    code: t.locked.code,
    provider: t.locked.provider,
  };
  const none = !asked.password && !asked.code && !asked.provider;
  return (
    <details class="confirm" open={form.errors.length > 0 || asked.proved}>
      <summary class="button">{t.locked.end}</summary>
      <div class="stack-l">
        {none ? (
          <p>{t.locked.nothing}</p>
        ) : asked.provider && !asked.proved ? (
          <>
            <ErrorSummary form={form} labels={(field) => labels[field] ?? field} />
            <p>{t.locked.providerLead}</p>
            <a class="button primary" href={paths.proveOnSite}>
              {t.locked.prove}
            </a>
          </>
        ) : (
          <>
            <p>{asked.proved ? t.locked.proved : t.locked.endLead}</p>
            <ErrorSummary form={form} labels={(field) => labels[field] ?? field} />
            <form class="stack" method="post" action={paths.endOnSite}>
              <SelectField form={form} name="result" label={t.end.result} options={optionsOf(p.pages.reading.giveBack.results)} must />
              <TextArea form={form} name="note" label={t.end.note} hint={t.end.noteHint} rows={2} maxLength={500} />
              <Choices form={form} name="signed" label={t.end.signature} options={[{ value: '1', text: t.signed }]} many />
              {asked.password ? <TextField form={form} name="password" type="password" label={t.locked.password} autocomplete="off" must /> : null}
              {asked.code ? <TextField form={form} name="code" label={t.locked.code} maxLength={40} mono must /> : null}
              <button class="button primary">{t.end.submit}</button>
            </form>
          </>
        )}
        <form class="stack" method="post" action={paths.signOut}>
          <p class="small muted">{t.locked.leaveLead}</p>
          <button class="button quiet">{t.locked.leave}</button>
        </form>
      </div>
    </details>
  );
}

/** The visitor's language; nothing else is his to choose. */
function Languages() {
  const { p, lang } = useView();
  return (
    <form method="post" action={paths.preferences}>
      <input type="hidden" name="back" value={paths.onSite} />
      <div class="segments" role="group" aria-label={p.ui.language}>
        {(['zh', 'en'] as const).map((one) => (
          <button key={one} name="lang" value={one} lang={one} aria-pressed={lang === one ? 'true' : 'false'}>
            {p.common.language[one]}
          </button>
        ))}
      </div>
    </form>
  );
}

export interface SiteReadingModel {
  visitId: string;
  number: string;
  visitor: string;
  /** Who stands by. */
  by: string;
  reading: ReadingModel;
}

/** What the visitor sees: one record under the mark with the visitor's name; no way to anything else of the archive. */
export const siteReadingPage: PageOf<SiteReadingModel> = ({ p, say }, { visitId, number, visitor, by, reading }) => {
  const t = p.pages.siteVisits;
  const at = paths.siteReading(visitId, reading.id);
  const open = reading.state === 'open' && reading.content !== null;
  const shown = reading.files.find((file) => file.shown);
  return {
    title: say(t.one, { visitor }),
    shape: 'bare',
    body: (
      <>
        {open && reading.mark ? <Watermark lines={reading.mark} /> : null}
        <div class="stack-l no-print" data-locked={paths.onSite}>
          <div class="reading-bar">
            <div>
              <strong>{visitor}</strong> · <span class="code">{number}</span> · {say(t.locked.by, { by })}
            </div>
            <a class="button" href={paths.onSite}>
              {t.putAway}
            </a>
          </div>
          {open && reading.content ? (
            <Sheet title={reading.title} code={reading.code} content={reading.content} />
          ) : (
            <>
              <h1 class="hidden">{say(t.one, { visitor })}</h1>
              <Empty title={t.gone} action={{ text: t.putAway, href: paths.onSite }} />
            </>
          )}
          {reading.files.length === 0 ? null : (
            <Section title={p.pages.reading.files} id="files">
              <ul class="shelf">
                {reading.files.map((file) => (
                  <li key={file.id}>
                    {file.viewer === 'none' ? (
                      <span class="title">{file.name}</span>
                    ) : (
                      <a class="title" href={`${at}?file=${encodeURIComponent(file.id)}#files`} aria-current={file.shown ? 'true' : undefined}>
                        {file.name}
                      </a>
                    )}
                    {file.viewer === 'none' ? <span class="sub">{t.noViewer}</span> : null}
                  </li>
                ))}
              </ul>
              {shown ? <Viewer readingId={reading.id} file={shown} at={at} /> : null}
            </Section>
          )}
        </div>
      </>
    ),
  };
};
