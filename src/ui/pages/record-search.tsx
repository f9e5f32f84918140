import type { PersonalDataKind } from '../../classification/index.js';
import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, TextField, type FormState } from '../components/forms.js';
import { Facts, Section, State } from '../components/marks.js';
import { paths } from '../paths.js';

/** What of a record can be searched; kinds and counts of what was masked, never values. */
export interface Searchable {
  files: readonly {
    id: string;
    state: 'text' | 'none' | 'waiting';
    /** Why there is no text, in the viewer's language. */
    reason: string | null;
    ocr: boolean;
  }[];
  masked: readonly { kind: PersonalDataKind; count: number }[];
  mayReport: boolean;
  /** A report that was refused. */
  form?: FormState;
}

/** Beside a file: whether its text is searched, and why not. */
export function FileSearch({ file }: { file: Searchable['files'][number] }) {
  const { p } = useView();
  const t = p.pages.searchable;
  if (file.state === 'none')
    return (
      <State tone="plain" shape="dash">
        {file.reason}
      </State>
    );
  if (file.state === 'waiting')
    return (
      <State tone="warn" shape="ring">
        {t.waiting}
      </State>
    );
  return (
    <State tone="good" shape={file.ocr ? 'half' : 'square'}>
      {file.ocr ? t.ocr : t.text}
    </State>
  );
}

/** Personal data that was masked before the text was indexed, and how a false alarm is told. */
export function SearchReport({ recordId, searchable }: { recordId: string; searchable: Searchable }) {
  const { p, say } = useView();
  const t = p.pages.searchable;
  return (
    <Section title={t.title}>
      <div class="stack">
        {searchable.masked.length === 0 ? (
          <p class="muted">{t.maskedNone}</p>
        ) : (
          <>
            <p>
              {t.masked} <span class="small muted">{t.maskedLead}</span>
            </p>
            <Facts facts={searchable.masked.map(({ kind, count }) => ({ term: t.kinds[kind], value: say(t.count, { count }) }))} />
          </>
        )}
        {searchable.mayReport && searchable.masked.length > 0 ? (
          <Confirm
            action={paths.falseAlarm(recordId)}
            open={t.falseAlarm.open}
            title={t.falseAlarm.open}
            submit={t.falseAlarm.submit}
            form={searchable.form ?? EMPTY_FORM}
          >
            <p class="small">{t.falseAlarm.lead}</p>
            <TextField form={searchable.form ?? EMPTY_FORM} name="text" label={t.falseAlarm.text} maxLength={60} must />
          </Confirm>
        ) : null}
      </div>
    </Section>
  );
}
