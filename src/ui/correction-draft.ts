import { draftFromForm, formFromDraft } from './draft-form.js';
import type { FormState } from './components/forms.js';

/** What a correction's form offers, by the draft's paths. Number, source, classification and signature have ways of their own. */
export const CORRECTION_FIELDS = {
  times: ['openedAt', 'servedAt', 'closedAt'],
  about: ['title', 'channel', 'department', 'crossReference', 'place', 'participants'],
  client: ['client.number', 'client.name', 'client.level', 'client.phone', 'client.email', 'client.address'],
  staff: ['staff.name', 'staff.number'],
  course: ['content', 'solution', 'handling', 'result', 'returnCall.at', 'returnCall.result', 'evaluation'],
  feedback: ['clientFeedback', 'feedback.kind', 'feedback.priority', 'feedback.assignedTo', 'feedback.demand'],
} as const;

const PATHS: readonly string[] = Object.values(CORRECTION_FIELDS).flat();
const LISTS = ['exceptions', 'followUps'] as const;

const text = (values: FormState['values'], path: string): string => {
  const value = values[path];
  return (typeof value === 'string' ? value : (value?.[0] ?? '')).replace(/\r\n/g, '\n').trim();
};

function put(root: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  let node = root;
  for (const key of keys.slice(0, -1)) node = (node[key] ??= {}) as Record<string, unknown>;
  node[keys.at(-1) ?? ''] = value;
}

const at = (draft: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], draft);

/** What a form changes of a draft: only fields that differ from what the form showed; `null` removes. Pure. */
export function correctionPatch(now: object, values: FormState['values'], timeZone: string): Record<string, unknown> {
  const shown = formFromDraft(now, timeZone);
  const typed = draftFromForm(values, timeZone);
  const patch: Record<string, unknown> = {};
  const differs = (path: string): boolean => Object.hasOwn(values, path) && text(values, path) !== text(shown, path);
  for (const path of PATHS) if (differs(path)) put(patch, path, at(typed, path) ?? null);
  for (const list of LISTS) {
    const paths = [...new Set([...Object.keys(shown), ...Object.keys(values)])].filter((path) => path.startsWith(`${list}.`));
    if (paths.some(differs)) patch[list] = at(typed, list) ?? null;
  }
  return patch;
}
