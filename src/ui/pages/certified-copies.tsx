import { useView } from '../components/context.js';
import { PageHead, Section, When } from '../components/marks.js';
import { SelectField, TextArea, type FormState, type Option } from '../components/forms.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface CertifiedCopiesModel {
  requestId: string;
  number: string;
  copies: readonly { id: string; number: string; pages: number; boxes: number; by: string; madeAt: string }[];
  records: readonly Option[];
  /** Pages that are looked at to draw on; `null`: none yet. */
  draw: Drawing | null;
  form: FormState;
}

export interface Drawing {
  readingId: string;
  /** Files that become pictures, by their number in the record. */
  files: readonly { number: number; name: string }[];
  shown: { id: string; number: number; page: number; pages: number } | null;
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
                <a class="small" href={paths.receipts('certified-copies', one.id)} aria-label={`${p.evidence.receipts.take} ${one.number}`} download>
                  {p.evidence.receipts.of}
                </a>
              </li>
            ))}
          </ul>
        </Section>
        <Section title={t.make}>
          <form class="stack" method="post" action={paths.certifiedCopies(model.requestId)}>
            <SelectField form={model.form} name="record" label={t.record} options={model.records} must />
            <TextArea form={model.form} name="pages" label={t.pages} hint={t.pagesHint} rows={6} maxLength={20_000} must />
            {model.draw ? <input type="hidden" name="reading" value={model.draw.readingId} /> : null}
            <div class="row">
              <button class="button primary">{t.submit}</button>
              <button class="button" formaction={paths.drawCopy(model.requestId)} formnovalidate>
                {t.drawing.draw}
              </button>
            </div>
            {model.draw ? <Draw draw={model.draw} action={paths.drawCopy(model.requestId)} /> : null}
          </form>
        </Section>
      </div>
    ),
  };
};

/** One page as a picture; boxes drawn on it, or typed as numbers, become a line of the text above. Without script the text does. */
function Draw({ draw, action }: { draw: Drawing; action: string }) {
  const { p, say } = useView();
  const t = p.pages.certifiedCopies.drawing;
  const { shown } = draw;
  const to = (number: number, page: number) => ({ formaction: action, formnovalidate: true, name: 'go', value: `${number}.${page}` });
  return (
    <div class="stack no-print" id="draw">
      <p class="small muted">{t.drawLead}</p>
      {draw.files.length === 0 ? <p class="muted">{t.noFiles}</p> : null}
      {draw.files.length > 1 ? (
        <div class="row">
          {draw.files.map((one) => (
            <button key={one.number} class="button quiet" {...to(one.number, 1)} aria-pressed={shown?.number === one.number}>
              {say(t.page, { number: one.number, name: one.name })}
            </button>
          ))}
        </div>
      ) : null}
      {shown ? (
        <div class="stack" data-boxes={`${shown.number} ${shown.page}`} data-text={t.box}>
          <div class="row">
            {shown.page > 1 ? (
              <button class="button quiet" {...to(shown.number, shown.page - 1)}>
                {t.previous}
              </button>
            ) : null}
            <span>{say(t.shown, { file: shown.number, page: shown.page, pages: shown.pages })}</span>
            {shown.page < shown.pages ? (
              <button class="button quiet" {...to(shown.number, shown.page + 1)}>
                {t.next}
              </button>
            ) : null}
          </div>
          <div class="row" data-box-fields hidden>
            {(['left', 'top', 'width', 'height'] as const).map((side) => (
              <label key={side} class="row small">
                {t[side]}
                <input class="input box-number" type="number" min="0" max="100" step="0.1" data-box-side={side} />
              </label>
            ))}
            <button class="button" type="button" data-box-add="">
              {t.add}
            </button>
            <button class="button quiet" type="button" data-box-page="">
              {t.takePage}
            </button>
          </div>
          <div class="black-outs">
            <img
              src={paths.markedPage(draw.readingId, shown.id, shown.page, false)}
              alt={say(t.shown, { file: shown.number, page: shown.page, pages: shown.pages })}
              draggable={false}
            />
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="group" aria-label={t.canvas} data-box-canvas="" />
          </div>
        </div>
      ) : null}
    </div>
  );
}
