import { CORRECTION_FIELDS } from '../correction-draft.js';
import { Choices, ErrorSummary, fieldLabel, optionsOf, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import { useView } from '../components/context.js';
import { PageHead, Section } from '../components/marks.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface CorrectionFormModel {
  recordId: string;
  title: string;
  form: FormState;
  departments: readonly Option[];
  /** Rows of exceptions and follow-ups that the record holds. */
  rows: { exceptions: number; followUps: number };
}

const AREAS: Readonly<Record<string, number>> = {
  content: 8,
  solution: 4,
  handling: 3,
  result: 3,
  participants: 3,
  clientFeedback: 3,
  'returnCall.result': 2,
  'feedback.demand': 2,
};

/** Proposing a correction: the record as it stands, to be put right where it is wrong. */
export const correctionFormPage: PageOf<CorrectionFormModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.corrections.form;
  const { form } = model;
  return {
    title: say(t.title, { title: model.title }),
    body: (
      <>
        <PageHead title={say(t.title, { title: model.title })} lead={t.lead} />
        <ErrorSummary form={form} labels={(path) => (path === 'reason' ? t.reason : fieldLabel(view, path))} />
        <form class="stack-l" method="post" action={paths.correctRecord(model.recordId)}>
          {(Object.keys(CORRECTION_FIELDS) as (keyof typeof CORRECTION_FIELDS)[]).map((section) => (
            <Section key={section} title={t.sections[section]}>
              <div class="grid">
                {CORRECTION_FIELDS[section].map((path) => (
                  <Input key={path} path={path} model={model} />
                ))}
                {section === 'course' ? <Rows model={model} /> : null}
              </div>
            </Section>
          ))}
          <TextArea form={form} name="reason" label={t.reason} rows={3} maxLength={2000} must />
          <button class="button primary">{t.submit}</button>
        </form>
      </>
    ),
  };
};

function Input({ path, model: { form, departments } }: { path: string; model: CorrectionFormModel }) {
  const view = useView();
  const { p } = view;
  const label = fieldLabel(view, path);
  const selects: Readonly<Record<string, readonly Option[]>> = {
    channel: optionsOf(p.values.channel),
    department: departments,
    'client.level': optionsOf(p.values.clientLevel),
    'feedback.kind': optionsOf(p.values.feedbackKind),
    'feedback.priority': optionsOf(p.values.priority),
  };
  const options = selects[path];
  if (options !== undefined) return <SelectField form={form} name={path} label={label} options={options} blank="—" />;
  if (path === 'evaluation')
    return <Choices form={form} name={path} label={label} wide options={['1', '2', '3', '4', '5'].map((value) => ({ value, text: value }))} />;
  const rows = AREAS[path];
  if (rows !== undefined) return <TextArea form={form} name={path} label={label} rows={rows} wide />;
  return <TextField form={form} name={path} label={label} type={/At$|\.at$/.test(path) ? 'datetime-local' : 'text'} wide={path === 'title'} />;
}

function Rows({ model: { form, rows } }: { model: CorrectionFormModel }) {
  const view = useView();
  const list = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const area = (path: string) => <TextArea key={path} form={form} name={path} label={fieldLabel(view, path)} rows={2} />;
  return (
    <>
      {list(rows.exceptions).map((i) => [area(`exceptions.${i}.what`), area(`exceptions.${i}.handling`)])}
      {list(rows.followUps).map((i) => [
        <TextField key={`followUps.${i}.at`} form={form} name={`followUps.${i}.at`} label={fieldLabel(view, `followUps.${i}.at`)} type="datetime-local" />,
        area(`followUps.${i}.note`),
      ])}
    </>
  );
}
