import { SelectField, TextField, optionsOf } from '../components/forms.js';
import { When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { paths } from '../paths.js';
import type { Sensitivity } from '../../records/values.js';
import type { View } from '../view.js';

/** What an archivist may do with a record on its page. */
export interface RecordWork {
  /** A longer term was asked for, and this viewer may answer it. */
  term: boolean;
  /** A longer term was asked for and waits for somebody else. */
  termWaits: boolean;
  /** A lower sensitivity waits for a second person; `own`: the viewer proposed it. */
  lowering: { from: Sensitivity; to: Sensitivity; proposedAt: string; own: boolean } | null;
  /** Whether this viewer may propose a correction. */
  correct: boolean;
  reclassify: { serviceType: string; clientType: string; sensitivity: string; tags: readonly string[] } | null;
}

/** Answering an application for a longer term, and changing the classification; each is a form that works without script. */
export function WorkPanel({ view, recordId, work }: { view: View; recordId: string; work: RecordWork }) {
  const { p } = view;
  const t = p.pages.record.work;
  if (!work.term && !work.termWaits && work.reclassify === null && work.lowering === null && !work.correct) return null;
  return (
    <section class="panel stack" aria-label={t.title}>
      <h2>{t.title}</h2>
      {work.lowering ? <Lowering view={view} recordId={recordId} waiting={work.lowering} /> : null}
      {work.termWaits ? <Note kind="info">{t.termWaits}</Note> : null}
      {work.term ? (
        <form class="stack" method="post" action={paths.recordTerm(recordId)}>
          <p>{t.termAsked}</p>
          <p class="small muted">{t.termReason}</p>
          <div class="row">
            <button class="button primary" type="submit" name="confirm" value="1">
              {t.termConfirm}
            </button>
            <button class="button" type="submit" name="confirm" value="0">
              {t.termRefuse}
            </button>
          </div>
        </form>
      ) : null}
      {work.correct ? (
        <div class="row">
          <a class="button" href={paths.correctRecord(recordId)}>
            {p.pages.record.correct}
          </a>
          <a class="small" href={paths.correctionsOf('agreed', recordId)}>
            {p.pages.corrections.history}
          </a>
        </div>
      ) : null}
      {work.reclassify ? <Reclassify view={view} recordId={recordId} now={work.reclassify} /> : null}
    </section>
  );
}

/** Names what would become less shut, and who may answer. */
function Lowering({ view, recordId, waiting }: { view: View; recordId: string; waiting: NonNullable<RecordWork['lowering']> }) {
  const { p, say } = view;
  const t = p.pages.record.work.lowering;
  const levels = { from: p.values.sensitivity[waiting.from], to: p.values.sensitivity[waiting.to] };
  return (
    <form class="stack" method="post" action={paths.answerLowering(recordId)}>
      <Note kind="warn">{say(waiting.own ? t.own : t.other, levels)}</Note>
      <p class="small muted">
        <When at={waiting.proposedAt} />
      </p>
      <div class="row">
        {waiting.own ? null : (
          <button class="button primary" type="submit" name="agree" value="1">
            {say(t.agree, levels)}
          </button>
        )}
        <button class="button" type="submit" name="agree" value="0">
          {waiting.own ? t.takeBack : t.refuse}
        </button>
      </div>
    </form>
  );
}

function Reclassify({ view, recordId, now }: { view: View; recordId: string; now: NonNullable<RecordWork['reclassify']> }) {
  const { p } = view;
  const t = p.pages.record.work;
  const form = { values: { serviceType: now.serviceType, clientType: now.clientType, sensitivity: now.sensitivity, tags: now.tags.join(', ') }, errors: [] };
  return (
    <details>
      <summary>{t.reclassify}</summary>
      <form class="stack" method="post" action={paths.reclassify(recordId)}>
        <p class="small muted">{t.reclassifyHint}</p>
        <SelectField form={form} name="serviceType" label={p.fields.serviceType} options={optionsOf(p.values.serviceType)} />
        <SelectField form={form} name="clientType" label={p.pages.record.axes.clientType} options={optionsOf(p.values.clientType)} />
        <SelectField form={form} name="sensitivity" label={p.fields.sensitivity} options={optionsOf(p.values.sensitivity)} />
        <TextField form={form} name="tags" label={p.fields.tags} />
        <button class="button" type="submit">
          {t.reclassifySubmit}
        </button>
      </form>
    </details>
  );
}
