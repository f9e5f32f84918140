import { Choices, ErrorSummary, optionsOf, TextField, valueOf, type FormState, type Option } from '../components/forms.js';
import { PageHead } from '../components/marks.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface NewStandingModel {
  form: FormState;
  /** Another version of a rule that is there: its name stays. */
  fixedName: boolean;
  departments: readonly Option[];
  purposes: readonly Option[];
}

/** Proposing a standing rule, a change of one, or its renewal. */
export const newStandingPage: PageOf<NewStandingModel> = ({ p, say }, { form, fixedName, departments, purposes }) => {
  const { form: t, all, own } = p.pages.standing;
  const labels: Record<string, string> = t;
  const name = valueOf(form, 'name');
  const title = fixedName ? say(t.changeTitle, { name }) : t.title;
  const each = (text: string): Option => ({ value: '*', text });
  return {
    title,
    section: 'standing',
    body: (
      <>
        <PageHead title={title} lead={t.lead} />
        <ErrorSummary form={form} labels={(field) => labels[field] ?? field} />
        <form class="stack" method="post" action={paths.newStanding}>
          {fixedName ? (
            <>
              <input type="hidden" name="name" value={name} />
              <input type="hidden" name="fixed" value="1" />
            </>
          ) : (
            <TextField form={form} name="name" label={t.name} hint={t.nameHint} maxLength={40} must mono />
          )}
          <TextField form={form} name="saysZh" label={t.saysZh} maxLength={200} must />
          <TextField form={form} name="saysEn" label={t.saysEn} maxLength={200} must />
          <Choices form={form} name="readers" label={t.readers} options={[each(all.readers), ...departments]} must many />
          <Choices
            form={form}
            name="departments"
            label={t.departments}
            options={[each(all.departments), { value: 'own', text: own }, ...departments]}
            must
            many
          />
          <Choices form={form} name="types" label={t.types} options={optionsOf(p.values.serviceType)} must many />
          <Choices form={form} name="sensitivities" label={t.sensitivities} options={optionsOf(p.values.sensitivity)} must many />
          <Choices form={form} name="purposes" label={t.purposes} options={[each(all.purposes), ...purposes]} must many />
          <Choices form={form} name="states" label={t.states} options={[each(all.states), ...optionsOf(p.values.recordState)]} must many />
          <TextField form={form} name="from" label={t.from} type="date" must />
          <TextField form={form} name="until" label={t.until} hint={t.untilHint} type="date" must />
          <button class="button primary">{t.submit}</button>
        </form>
      </>
    ),
  };
};
