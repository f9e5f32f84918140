/** One field that a correction changes, in the draft's own words; `null` = it was not there, or goes. */
export interface FieldChange {
  /** Path in dot form, `client.phone`, `followUps.0.note`. */
  field: string;
  old: string | null;
  new: string | null;
}

/** What differs between two drafts, leaf by leaf. Pure. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  const from = new Map(leaves(before, ''));
  const to = new Map(leaves(after, ''));
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((field) => from.get(field) !== to.get(field))
    .map((field) => ({ field, old: from.get(field) ?? null, new: to.get(field) ?? null }));
}

function* leaves(value: unknown, path: string): Generator<[string, string]> {
  if (value === undefined || value === null) return;
  if (typeof value === 'object') for (const [key, one] of Object.entries(value)) yield* leaves(one, path === '' ? key : `${path}.${key}`);
  else yield [path, String(value as string | number | boolean)];
}
