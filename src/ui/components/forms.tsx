import type { ComponentChildren } from 'preact';
import type { FieldError } from '../../errors/index.js';
import { say } from '../../phrases/index.js';
import { textOf, type View } from '../view.js';
import { useView } from './context.js';
import { Icon } from './icons.js';
import { Note } from './notes.js';

/** What was typed and what is wrong with it; a form that was refused keeps every word. */
export interface FormState {
  values: Readonly<Record<string, string | readonly string[] | undefined>>;
  errors: readonly FieldError[];
}

export const EMPTY_FORM: FormState = { values: {}, errors: [] };

export function valueOf(form: FormState, name: string): string {
  const value = form.values[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

export function valuesOf(form: FormState, name: string): readonly string[] {
  const value = form.values[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** What is wrong with a field: the general words, else those of importing; what no parameter fills is left open. */
export function errorText(view: Pick<View, 'p'>, error: FieldError): string {
  const { fieldErrors, imports, errors } = view.p;
  const whole = Object.hasOwn(errors, error.code) ? errors[error.code as keyof typeof errors].title : undefined;
  const text = textOf({ ...imports.refusals, ...imports.faults, ...fieldErrors }, error.code);
  return say(text === error.code && whole !== undefined ? whole : text, error.params).replace(/\{\w+\}/g, '…');
}

function errorOf(view: Pick<View, 'p'>, form: FormState, name: string): string | undefined {
  const error = form.errors.find(({ field }) => field === name);
  return error && errorText(view, error);
}

const idOf = (name: string): string => `f-${name.replace(/[^\w-]/g, '-')}`;

interface Common {
  form: FormState;
  name: string;
  label: string;
  hint?: string | undefined;
  must?: boolean | undefined;
  wide?: boolean | undefined;
  /** Distinguishes the ids where the same field stands twice on a page. */
  at?: string | undefined;
}

interface FieldProps extends Common {
  children: (input: {
    id: string;
    name: string;
    'aria-invalid': 'true' | undefined;
    'aria-describedby': string | undefined;
    required: boolean;
  }) => ComponentChildren;
}

/** A label, an input, a hint, and beside it what is wrong. */
export function Field({ form, name, label, hint, must, wide, at, children }: FieldProps) {
  const view = useView();
  const id = idOf(at ? `${at}-${name}` : name);
  const wrong = errorOf(view, form, name);
  const described = [wrong ? `${id}-wrong` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ') || undefined;
  return (
    <div class={wide ? 'field wide' : 'field'}>
      <label for={id}>
        {label}
        {must ? <Must /> : null}
      </label>
      {children({ id, name, 'aria-invalid': wrong ? 'true' : undefined, 'aria-describedby': described, required: must ?? false })}
      {hint ? (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      {wrong ? <Wrong id={`${id}-wrong`} text={wrong} /> : null}
    </div>
  );
}

function Must() {
  const { p } = useView();
  return (
    <span class="must">
      {' '}
      <span aria-hidden="true">*</span>
      <span class="hidden">{p.ui.required}</span>
    </span>
  );
}

function Wrong({ id, text }: { id: string; text: string }) {
  return (
    <span class="wrong" id={id}>
      <Icon name="alert" />
      {text}
    </span>
  );
}

interface TextProps extends Common {
  type?: 'text' | 'password' | 'search' | 'tel' | 'email' | 'date' | 'datetime-local' | 'number';
  placeholder?: string | undefined;
  autocomplete?: string;
  maxLength?: number;
  list?: string;
  autofocus?: boolean;
  mono?: boolean;
}

export function TextField({ type = 'text', placeholder, autocomplete = 'off', maxLength, list, autofocus, mono, ...common }: TextProps) {
  return (
    <Field {...common}>
      {(input) => (
        <input
          {...input}
          class={mono ? 'input code' : 'input'}
          // The typings want one element type per input type.
          {...({ type, list } as { type: 'text' })}
          value={type === 'password' ? '' : valueOf(common.form, common.name)}
          placeholder={placeholder}
          autocomplete={autocomplete}
          maxLength={maxLength}
          autofocus={autofocus && common.form.errors.length === 0}
          spellcheck={type === 'text' ? undefined : false}
        />
      )}
    </Field>
  );
}

export function TextArea({ rows = 4, placeholder, maxLength, ...common }: Common & { rows?: number; placeholder?: string; maxLength?: number }) {
  return (
    <Field {...common}>
      {(input) => (
        <textarea {...input} class="input" rows={rows} placeholder={placeholder} maxLength={maxLength}>
          {valueOf(common.form, common.name)}
        </textarea>
      )}
    </Field>
  );
}

export interface Option {
  value: string;
  text: string;
}

/** Options of a closed set, in its order, with the language's texts. */
export function optionsOf(texts: Readonly<Record<string, string>>): Option[] {
  return Object.entries(texts).map(([value, text]) => ({ value, text }));
}

export function SelectField({ options, blank, ...common }: Common & { options: readonly Option[]; blank?: string | undefined }) {
  const chosen = valueOf(common.form, common.name);
  return (
    <Field {...common}>
      {(input) => (
        <select {...input} class="input">
          {blank === undefined ? null : <option value="">{blank}</option>}
          {options.map(({ value, text }) => (
            <option key={value} value={value} selected={value === chosen}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A few possibilities, all in sight; one key each where `keys` says so. */
export function Choices({
  form,
  name,
  label,
  hint,
  must,
  wide,
  at,
  options,
  many = false,
  keys = false,
}: Common & { options: readonly Option[]; many?: boolean; keys?: boolean }) {
  const view = useView();
  const id = idOf(at ? `${at}-${name}` : name);
  const wrong = errorOf(view, form, name);
  const chosen = valuesOf(form, name);
  return (
    <fieldset class={wide ? 'field wide' : 'field'} aria-describedby={wrong ? `${id}-wrong` : undefined}>
      <legend>
        {label}
        {must ? <Must /> : null}
      </legend>
      <div class="choices">
        {options.map(({ value, text }, index) => (
          <label key={value} class="choice">
            <input
              type={many ? 'checkbox' : 'radio'}
              name={name}
              value={value}
              checked={chosen.includes(value)}
              required={must && !many}
              data-key={keys && index < 9 ? String(index + 1) : undefined}
            />
            {text}
            {keys && index < 9 ? <kbd aria-hidden="true">{index + 1}</kbd> : null}
          </label>
        ))}
      </div>
      {hint ? <span class="hint">{hint}</span> : null}
      {wrong ? <Wrong id={`${id}-wrong`} text={wrong} /> : null}
    </fieldset>
  );
}

export function FileField({ multiple, accept, ...common }: Common & { multiple?: boolean; accept?: string }) {
  return <Field {...common}>{(input) => <input {...input} class="input" type="file" multiple={multiple} accept={accept} />}</Field>;
}

/** At the top of a refused form: how many things are wrong, each a link to its field. */
export function ErrorSummary({ form, labels }: { form: FormState; labels: (field: string) => string }) {
  const view = useView();
  if (form.errors.length === 0) return null;
  return (
    <Note kind="bad" role="alert" id="errors">
      <strong>{view.say(view.p.ui.errorCount, { count: form.errors.length })}</strong>
      <ul>
        {form.errors.map((error) => (
          <li key={error.field}>
            <a href={`#${idOf(error.field)}`}>{labels(error.field)}</a>
            {view.p.common.colon}
            {errorText(view, error)}
          </li>
        ))}
      </ul>
    </Note>
  );
}

/** The name of a field by its path, its position said in words: `exceptions.0.what` → “Exception 1”. */
export function fieldLabel(view: View, path: string): string {
  const position = /\.(\d+)(?:\.|$)/.exec(path)?.[1];
  const name = textOf(view.p.fields, path.replace(/\.\d+(?=\.|$)/g, ''));
  return position === undefined ? name : `${name} ${Number(position) + 1}`;
}

interface ConfirmProps {
  action: string;
  /** What the button that opens it says. */
  open: string;
  title: string;
  /** What will happen. */
  children: ComponentChildren;
  /** The object's name, to be typed exactly. */
  expected?: string;
  submit: string;
  danger?: boolean;
  form?: FormState;
  hidden?: Readonly<Record<string, string>>;
}

/** A dangerous act: names its object, says what will happen, and asks for the name to be typed. Works without script. */
export function Confirm({ action, open, title, children, expected, submit, danger = false, form = EMPTY_FORM, hidden = {} }: ConfirmProps) {
  const { p, say: fill } = useView();
  return (
    <details class={danger ? 'confirm bad' : 'confirm'} data-confirm="" open={form.errors.length > 0}>
      <summary class={danger ? 'button danger' : 'button'}>{open}</summary>
      <form class="stack" method="post" action={action}>
        <h3>{title}</h3>
        <div>{children}</div>
        {Object.entries(hidden).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {expected === undefined ? null : (
          <TextField form={form} at={`${action}-${Object.values(hidden).join('-')}`} name="confirm" label={fill(p.ui.typeToConfirm, { expected })} must mono />
        )}
        <button class={danger ? 'button danger solid' : 'button primary'}>{submit}</button>
      </form>
    </details>
  );
}
