import { useView } from '../components/context.js';
import { Choices, ErrorSummary, FileField, optionsOf, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import { PageHead, Section } from '../components/marks.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface OutsideModel {
  form: FormState;
  purposes: readonly Option[];
}

/** A clerk applies for somebody from outside: who, on what basis, what; letter and proof of identity come last, since they stream. */
export const outsidePage: PageOf<OutsideModel> = ({ p }, { form, purposes }) => {
  const t = p.pages.outside;
  const own = p.pages.requests.form;
  const labels: Record<string, string> = {
    ...own,
    records: own.numbers,
    form: own.way,
    'outsider.name': t.name,
    'outsider.organisation': t.organisation,
    'outsider.contact': t.contact,
    'disclosure.basis': t.basis,
    'disclosure.reference': t.reference,
    'disclosure.law': t.law,
    'disclosure.assessment': t.assessment,
    readings: t.readings,
    letter: t.letter,
    identity: t.identity,
  };
  return {
    title: t.title,
    section: 'requests',
    body: (
      <div class="stack-l">
        <PageHead title={t.title} lead={t.lead} />
        <ErrorSummary form={form} labels={(field) => labels[field] ?? field} />
        <form class="stack-l" method="post" action={paths.newOutside} enctype="multipart/form-data">
          <Person form={form} />
          <Section title={t.disclosure}>
            <div class="stack">
              <SelectField
                form={form}
                name="disclosure.basis"
                label={t.basis}
                hint={t.basisHint}
                options={optionsOf(p.values.disclosureBasis)}
                blank={t.choose}
                must
              />
              <TextField form={form} name="disclosure.reference" label={t.reference} maxLength={200} />
              <TextField form={form} name="disclosure.law" label={t.law} maxLength={200} />
              <TextField form={form} name="disclosure.assessment" label={t.assessment} maxLength={64} mono />
            </div>
          </Section>
          <Section title={t.what}>
            <div class="stack">
              <TextArea form={form} name="records" label={own.numbers} hint={own.numbersHint} rows={3} maxLength={3500} />
              <TextField form={form} name="client" label={own.client} maxLength={64} mono />
              <SelectField form={form} name="purpose" label={own.purpose} options={purposes} must />
              <TextArea form={form} name="reason" label={own.reason} rows={3} maxLength={500} must />
              <Choices form={form} name="form" label={own.way} options={optionsOf(p.pages.requests.forms)} must />
              <TextField form={form} name="from" label={own.from} type="date" must />
              <TextField form={form} name="to" label={own.to} type="date" must />
              <TextField form={form} name="readings" label={t.readings} type="number" />
            </div>
          </Section>
          <Section title={t.papers}>
            <p class="small muted">{t.papersHint}</p>
            <div class="stack">
              <FileField form={form} name="letter" label={t.letter} must />
              <FileField form={form} name="identity" label={t.identity} must />
            </div>
          </Section>
          <div class="form-end">
            <button class="button primary large">{t.submit}</button>
          </div>
        </form>
      </div>
    ),
  };
};

function Person({ form }: { form: FormState }) {
  const { p } = useView();
  const t = p.pages.outside;
  return (
    <Section title={t.person}>
      <div class="stack">
        <TextField form={form} name="outsider.name" label={t.name} maxLength={100} must />
        <TextField form={form} name="outsider.organisation" label={t.organisation} maxLength={200} />
        <TextField form={form} name="outsider.contact" label={t.contact} maxLength={100} />
      </div>
    </Section>
  );
}
