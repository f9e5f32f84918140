import { valueOf, type FormState } from './components/forms.js';

/** Times of a draft; a browser sends them without an offset, in the archive's own time zone. */
const TIMES = /^(?:openedAt|servedAt|closedAt|followUps\.\d+\.at|returnCall\.at)$/;
const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2}))?$/;

/** The offset of a time zone at a local time, as `+08:00`. */
function offsetAt(local: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const nameAt = (at: Date): string =>
    format
      .formatToParts(at)
      .find(({ type }) => type === 'timeZoneName')
      ?.value.replace('GMT', '') || '+00:00';
  const first = nameAt(new Date(`${local}Z`));
  return nameAt(new Date(`${local}${first}`));
}

/** A local time as a browser sends it, with the offset of the archive's zone; anything else comes back as it is. */
export function instant(value: string, timeZone: string): string {
  const parts = LOCAL.exec(value.trim());
  if (parts === null) return value;
  const local = `${parts[1]}T${parts[2]}:${parts[3] ?? '00'}`;
  if (Number.isNaN(Date.parse(`${local}Z`))) return value;
  return `${local}${offsetAt(local, timeZone)}`;
}

function people(text: string): { name: string; role?: string }[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.split(/[,\uFF0C\t]/).map((part) => part.trim()))
    .filter(([name]) => name)
    .map(([name = '', role]) => (role ? { name, role } : { name }));
}

function read(path: string, value: string, timeZone: string): unknown {
  if (TIMES.test(path)) return instant(value, timeZone);
  if (path === 'evaluation') return Number(value);
  if (path === 'feedback.anonymous') return true;
  if (path === 'participants') return people(value);
  if (path === 'tags')
    return value
      .split(/[,\uFF0C\u3001]/)
      .map((tag) => tag.trim())
      .filter(Boolean);
  return value.replace(/\r\n/g, '\n');
}

type Node = { [key: string]: unknown };

function put(root: Node, path: string, value: unknown): void {
  const keys = path.split('.');
  let node = root;
  for (const key of keys.slice(0, -1)) node = (node[key] ??= {}) as Node;
  node[keys.at(-1) ?? ''] = value;
}

/** Objects whose keys are positions become lists, without the rows that were left empty. */
function listed(node: unknown): unknown {
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, listed(value)] as const);
  if (entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key))) return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
  return Object.fromEntries(entries);
}

/**
 * Turns the fields of the record form (named by their path in the draft) into a draft. Empty fields are left out;
 * what is wrong stays as it was typed, for the schema to say so.
 */
export function draftFromForm(values: FormState['values'], timeZone: string): unknown {
  const root: Node = {};
  const form: FormState = { values, errors: [] };
  for (const path of Object.keys(values)) {
    // Names that would reach into an object's prototype are no paths of a draft.
    if (!/^[a-zA-Z]+(?:\.[a-zA-Z\d]+)*$/.test(path) || /(?:^|\.)(?:constructor|prototype)(?:\.|$)/.test(path)) continue;
    const value = valueOf(form, path);
    if (value.trim() !== '') put(root, path, read(path, value, timeZone));
  }
  const draft = listed(root) as Node;
  const signature = draft['signature'] as Node | undefined;
  if (signature && signature['text'] === undefined && signature['file'] === undefined) delete draft['signature'];
  else if (signature) {
    const kind = signature['kind'] === 'file' || signature['text'] === undefined ? 'file' : 'statement';
    draft['signature'] = kind === 'file' ? { kind, file: signature['file'] } : { kind, text: signature['text'] };
  }
  return draft;
}

export function local(value: string, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(value)).replace(' ', 'T');
}

/** A draft as the values of the form, to go on with one that is there already. */
export function formFromDraft(draft: object, timeZone: string): Record<string, string> {
  const values: Record<string, string> = {};
  const walk = (node: unknown, path: string): void => {
    if (path === 'participants')
      values[path] = (node as { name: string; role?: string }[]).map(({ name, role }) => (role ? `${name}, ${role}` : name)).join('\n');
    else if (path === 'tags') values[path] = (node as string[]).join(', ');
    else if (node !== null && typeof node === 'object') for (const [key, value] of Object.entries(node)) walk(value, path ? `${path}.${key}` : key);
    else if (node !== undefined && node !== null && node !== false)
      values[path] = TIMES.test(path) ? local(String(node as string | number), timeZone) : node === true ? 'yes' : String(node as string | number);
  };
  walk(draft, '');
  return values;
}
