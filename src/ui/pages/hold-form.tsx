import { useView } from '../components/context.js';
import { ErrorSummary, optionsOf, SelectField, TextArea, TextField, valueOf, valuesOf, type FormState, type Option } from '../components/forms.js';
import { Crumbs, PageHead, Section } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { RecordTable, type RecordRow } from '../components/records.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

export type HoldWayChoice = 'set' | 'propose' | 'freeze';

export interface HoldFormModel {
  form: FormState;
  ways: readonly HoldWayChoice[];
  /** Who may keep a hold, where the viewer may say so. */
  owners: readonly Option[];
  /** What it would take; `null` until asked, and where what was asked is wrong. */
  preview: { total: number; tooMany: boolean; max: number; sample: readonly RecordRow[] } | null;
}

/** A new hold: what it is for, what it is over, a preview, and only then the button that sets it. */
export const holdFormPage: PageOf<HoldFormModel> = (view, model) => {
  const { p } = view;
  const t = p.pages.holds;
  const { form, preview } = model;
  return {
    title: t.form.title,
    section: 'holds',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.holds }, { text: t.form.title }]} />
        <PageHead title={t.form.title} lead={t.form.lead} />
        <form class="stack" method="post" action={paths.newHold}>
          <ErrorSummary form={form} labels={(field) => textOf(t.form, field === 'records' ? 'scope' : field)} />
          <SelectField form={form} name="way" label={t.form.way} must options={model.ways.map((way) => ({ value: way, text: t.ways[way] }))} />
          <SelectField form={form} name="matter" label={t.form.matter} must options={optionsOf(t.matters)} />
          <TextField form={form} name="reference" label={t.form.reference} hint={t.form.referenceHint} maxLength={100} />
          <TextArea form={form} name="reason" label={t.form.reason} must maxLength={1000} />
          <TextField form={form} name="reviewOn" type="date" label={t.form.reviewOn} hint={t.form.reviewHint} />
          {model.owners.length > 0 ? <SelectField form={form} name="owner" label={t.form.owner} options={model.owners} blank={t.form.me} /> : null}
          <Scope form={form} />
          {preview === null ? null : <Preview preview={preview} />}
          <div class="row">
            {preview === null || preview.tooMany ? null : (
              <button class="button primary" name="do" value="make">
                {t.form.submit}
              </button>
            )}
            <button class={preview === null ? 'button primary' : 'button'} name="do" value="preview" formNoValidate>
              {t.form.preview}
            </button>
          </div>
        </form>
      </>
    ),
  };
};

function Scope({ form }: { form: FormState }) {
  const { p, say } = useView();
  const t = p.pages.holds.form;
  const picked = valuesOf(form, 'record').filter((one) => one !== '');
  return (
    <fieldset class="stack">
      <legend>{t.scope}</legend>
      {picked.length > 0 ? (
        <>
          <Note>{say(t.picked, { count: picked.length })}</Note>
          {picked.map((one) => (
            <input key={one} type="hidden" name="record" value={one} />
          ))}
        </>
      ) : (
        <>
          <TextArea form={form} name="numbers" label={t.numbers} hint={t.numbersHint} rows={3} />
          <TextField form={form} name="client" label={t.client} hint={t.clientHint} maxLength={64} mono />
          <TextField form={form} name="query" label={t.query} hint={t.queryHint} maxLength={200} mono />
          <TextField form={form} name="log" label={t.log} hint={t.logHint} maxLength={5} mono />
        </>
      )}
    </fieldset>
  );
}

function Preview({ preview }: { preview: NonNullable<HoldFormModel['preview']> }) {
  const { p, say, f } = useView();
  const t = p.pages.holds.preview;
  return (
    <Section title={t.title}>
      <Note kind={preview.tooMany ? 'bad' : preview.total === 0 ? 'warn' : 'info'} role="status">
        {preview.tooMany ? say(t.tooMany, { max: f.number(preview.max) }) : preview.total === 0 ? t.none : say(t.count, { count: preview.total })}
      </Note>
      {preview.sample.length > 0 ? <RecordTable rows={preview.sample} caption={t.sample} /> : null}
    </Section>
  );
}

/** Whether a form names what it is over. */
export const namesScope = (form: FormState): boolean => ['record', 'numbers', 'client', 'query', 'log'].some((name) => valueOf(form, name).trim() !== '');
