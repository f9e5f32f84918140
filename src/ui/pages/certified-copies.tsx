import { PageHead, Section, When } from '../components/marks.js';
import { SelectField, TextArea, type FormState, type Option } from '../components/forms.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface CertifiedCopiesModel {
  requestId: string;
  number: string;
  copies: readonly { id: string; number: string; pages: number; boxes: number; by: string; madeAt: string }[];
  records: readonly Option[];
  form: FormState;
}

/** The certified copies of one application, and the form for the next one. */
export const certifiedCopiesPage: PageOf<CertifiedCopiesModel> = ({ p, f, say }, model) => {
  const t = p.pages.certifiedCopies;
  return {
    title: say(t.title, { number: model.number }),
    section: 'requests',
    body: (
      <div class="stack-l">
        <PageHead title={say(t.title, { number: model.number })} lead={t.lead} />
        <Section title={t.made}>
          {model.copies.length === 0 ? <p class="muted">{t.none}</p> : null}
          <ul class="shelf">
            {model.copies.map((one) => (
              <li key={one.id}>
                <a class="title code" href={paths.certifiedCopy(one.id)}>
                  {one.number}
                </a>
                <span class="sub">
                  {say(t.about, { pages: f.number(one.pages), boxes: f.number(one.boxes), by: one.by })} · <When at={one.madeAt} />
                </span>
              </li>
            ))}
          </ul>
        </Section>
        <Section title={t.make}>
          <form class="stack" method="post" action={paths.certifiedCopies(model.requestId)}>
            <SelectField form={model.form} name="record" label={t.record} options={model.records} must />
            <TextArea form={model.form} name="pages" label={t.pages} hint={t.pagesHint} rows={6} maxLength={20_000} must />
            <button class="button primary">{t.submit}</button>
          </form>
        </Section>
      </div>
    ),
  };
};
