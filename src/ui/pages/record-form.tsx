import type { ComponentChildren } from 'preact';
import { useView } from '../components/context.js';
import { FileList, type FileRow } from '../components/files.js';
import { Choices, ErrorSummary, fieldLabel, FileField, optionsOf, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import type { ServiceType } from '../../records/values.js';

/** The form of a service record; its inputs are named by their path in the record draft. */
export interface RecordFormModel {
  form: FormState;
  /** Fields that the scheme's forms require, and for which service types. */
  requiredBy: Readonly<Record<string, readonly ServiceType[]>>;
  departments: readonly Option[];
  maxFiles: number;
  maxFileBytes: number;
  existing?: readonly FileRow[];
  /** Completing one that is there: number and source stay, and empty fields leave what is sealed as it is. */
  completes?: boolean;
}

type Kind = 'text' | 'time' | 'tel' | 'email' | 'code';
interface Line {
  path: string;
  kind?: Kind;
  must?: boolean;
  wide?: boolean;
  max?: number;
  hint?: string;
}

function Part({ id, children }: { id: 'identity' | 'about' | 'client' | 'staff' | 'course' | 'outcome' | 'feedback' | 'term'; children: ComponentChildren }) {
  const { p } = useView();
  const { title, lead } = p.pages.takeIn.sections[id];
  return (
    <section class="form-section">
      <header>
        <h2>{title}</h2>
        {lead ? <p>{lead}</p> : null}
      </header>
      <div class="grid">{children}</div>
    </section>
  );
}

export function RecordForm({ model }: { model: RecordFormModel }) {
  const view = useView();
  const { p, say, f } = view;
  const { form } = model;
  const t = p.pages.takeIn;
  const hintOf = (path: string, hint?: string): string | undefined => {
    const types = model.requiredBy[path] ?? [];
    const required =
      types.length > 0 ? say(t.requiredFor, { types: types.map((type) => p.values.serviceType[type]).join(p.common.comma.trim() === ',' ? ', ' : '、') }) : '';
    return [required, hint ?? ''].filter(Boolean).join(' · ') || undefined;
  };
  const line = ({ path, kind = 'text', must, wide, max, hint }: Line) => (
    <TextField
      key={path}
      form={form}
      name={path}
      label={fieldLabel(view, path)}
      type={kind === 'time' ? 'datetime-local' : kind === 'code' ? 'text' : kind}
      mono={kind === 'code'}
      must={must}
      wide={wide}
      hint={hintOf(path, hint)}
      {...(max ? { maxLength: max } : {})}
    />
  );
  const area = (path: string, rows = 3, hint?: string, wide = true) => (
    <TextArea key={path} form={form} name={path} label={fieldLabel(view, path)} rows={rows} wide={wide} hint={hintOf(path, hint)} />
  );
  const select = (path: string, options: readonly Option[], must = false, blank: string | undefined = '—') => (
    <SelectField key={path} form={form} name={path} label={fieldLabel(view, path)} options={options} must={must} blank={blank} hint={hintOf(path)} />
  );
  const lines = rowsOf(form);
  return (
    <>
      <ErrorSummary form={form} labels={(path) => fieldLabel(view, path)} />
      {model.completes ? <p class="small muted">{t.keptAsIs}</p> : null}
      <Part id="identity">
        {model.completes ? null : line({ path: 'serviceNo', kind: 'code', must: true, max: 64 })}
        {model.completes ? null : line({ path: 'source.system', kind: 'code', must: true, max: 64 })}
        {line({ path: 'openedAt', kind: 'time', must: true })}
        {line({ path: 'servedAt', kind: 'time' })}
        {line({ path: 'closedAt', kind: 'time', must: true })}
      </Part>
      <Part id="about">
        {line({ path: 'title', must: true, wide: true, max: 300 })}
        {select('serviceType', optionsOf(p.values.serviceType), true)}
        {select('channel', optionsOf(p.values.channel), true)}
        {select('medium', optionsOf(p.values.medium), true)}
        {select('sensitivity', optionsOf(p.values.sensitivity), false, t.byType)}
        {select('department', model.departments, true)}
        {line({ path: 'crossReference', max: 500 })}
        {line({ path: 'tags', wide: true, hint: t.tagsHint })}
      </Part>
      <Part id="client">
        {line({ path: 'client.number', kind: 'code', must: true, max: 64 })}
        {select('client.type', optionsOf(p.values.clientType), true)}
        {line({ path: 'client.name', max: 200 })}
        {select('client.level', optionsOf(p.values.clientLevel))}
        {line({ path: 'client.phone', kind: 'tel', max: 40 })}
        {line({ path: 'client.email', kind: 'email', max: 254 })}
        {line({ path: 'client.address', wide: true, max: 500 })}
      </Part>
      <Part id="staff">
        {line({ path: 'staff.name', must: true, max: 200 })}
        {line({ path: 'staff.number', kind: 'code', max: 64 })}
        {line({ path: 'place', max: 500 })}
        {area('participants', 2, t.participantsHint)}
      </Part>
      <Part id="course">
        {area('content', 6)}
        {area('solution', 4)}
        {area('handling', 3)}
        {area('result', 3)}
        {lines.exceptions.map((i) => [area(`exceptions.${i}.what`, 2, undefined, false), area(`exceptions.${i}.handling`, 2, undefined, false)])}
        {lines.followUps.map((i) => [line({ path: `followUps.${i}.at`, kind: 'time' }), area(`followUps.${i}.note`, 2, undefined, false)])}
        {line({ path: 'returnCall.at', kind: 'time' })}
        {area('returnCall.result', 2, undefined, false)}
      </Part>
      <Part id="outcome">
        <Choices
          form={form}
          name="evaluation"
          label={fieldLabel(view, 'evaluation')}
          wide
          hint={hintOf('evaluation')}
          options={['1', '2', '3', '4', '5'].map((value) => ({ value, text: value }))}
        />
        {area('clientFeedback', 3)}
        {select('signature.kind', optionsOf(t.signatureKinds))}
        {line({ path: 'signature.file', max: 255, hint: t.signatureFileHint })}
        {area('signature.text', 2)}
      </Part>
      <Part id="feedback">
        {select('feedback.kind', optionsOf(p.values.feedbackKind))}
        {select('feedback.priority', optionsOf(p.values.priority))}
        {line({ path: 'feedback.assignedTo', max: 200 })}
        <Choices form={form} name="feedback.anonymous" label={fieldLabel(view, 'feedback.anonymous')} many options={[{ value: 'yes', text: t.anonymous }]} />
        {area('feedback.demand', 2)}
      </Part>
      <Part id="term">{area('specialTerm.reason', 2)}</Part>
      <section class="form-section">
        <header>
          <h2>{t.sections.files.title}</h2>
          <p>{say(t.sections.files.lead, { count: model.maxFiles, size: f.bytes(model.maxFileBytes) })}</p>
        </header>
        <div class="stack">
          {model.existing && model.existing.length > 0 ? <FileList files={model.existing} /> : null}
          <FileField form={form} name="files" label={t.chooseFiles} multiple />
        </div>
      </section>
    </>
  );
}

/** The rows of a repeated field that hold something, and one more that is empty. */
function rowsOf(form: FormState): Record<'exceptions' | 'followUps', number[]> {
  const count = (name: string): number => {
    const found = [...Object.keys(form.values), ...form.errors.map(({ field }) => field)].map((path) => new RegExp(`^${name}\\.(\\d{1,3})\\.`).exec(path)?.[1]);
    return Math.max(0, ...found.map((index) => (index === undefined ? 0 : Number(index) + 1)));
  };
  const list = (length: number): number[] => Array.from({ length: length + 1 }, (_, index) => index);
  return { exceptions: list(count('exceptions')), followUps: list(count('followUps')) };
}
