import { PageHead } from '../components/marks.js';
import { Note } from '../components/notes.js';
import type { ErrorCode } from '../../errors/index.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { RecordForm, type RecordFormModel } from './record-form.js';

export interface TakeInModel extends RecordFormModel {
  /** A refusal of the whole, with its place to look. */
  refused?: { code: ErrorCode; params?: Record<string, string | number>; record?: { id: string; title: string } };
  /** Set where this corrects a record: the form then adds a version. */
  corrects?: { id: string; code: string };
}

export const takeInPage: PageOf<TakeInModel> = ({ p, say }, model) => {
  const t = p.pages.takeIn;
  const { refused, corrects } = model;
  const title = corrects ? t.correctTitle : t.title;
  return {
    title,
    section: 'take_in',
    shape: 'wide',
    body: (
      <>
        <PageHead title={title} lead={corrects ? `${corrects.code} · ${t.correctLead}` : t.lead} />
        {refused ? (
          <Note kind="bad" role="alert">
            <strong>{say(p.errors[refused.code].title, refused.params)}</strong>
            <div>{say(p.errors[refused.code].todo, refused.params)}</div>
            {refused.record ? <a href={paths.record(refused.record.id)}>{refused.record.title}</a> : null}
          </Note>
        ) : null}
        <form method="post" action={corrects ? `${paths.record(corrects.id)}/versions` : paths.records} enctype="multipart/form-data" novalidate>
          <RecordForm model={model} />
          <div class="form-end">
            <button class="button primary large">{t.submit}</button>
            <a class="button quiet" href={paths.home}>
              {p.ui.cancel}
            </a>
          </div>
        </form>
      </>
    ),
  };
};
