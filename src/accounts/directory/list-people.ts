import { z } from 'zod';
import { PERSON_ROLES, type PersonRole } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { check, invalidField } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { departmentCode, pageLimit, uuid } from '../fields.js';
import { authorizePerson } from '../person-of.js';
import { listPeopleRows, type PersonView } from './store.js';

const search = z.strictObject({
  /** Part of a name or user name, or a whole pseudonym. */
  text: z.string().max(100).optional(),
  department: departmentCode.optional(),
  role: z.enum(PERSON_ROLES as readonly [PersonRole, ...PersonRole[]]).optional(),
  state: z.enum(['invited', 'active', 'sleeping', 'disabled']).optional(),
  withLeft: z.boolean().default(false),
  after: z.string().max(1000).optional(),
  limit: pageLimit,
});
export type PeopleSearch = z.input<typeof search>;

export interface PeoplePage {
  items: PersonView[];
  /** What to hand in as `after` for the next page; `null` on the last one. */
  next: string | null;
}

const place = z.strictObject({ name: z.string(), id: uuid });

function readPlace(text: string): z.infer<typeof place> {
  try {
    return place.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw invalidField('after', 'invalid');
  }
}

const writePlace = (person: PersonView): string => Buffer.from(JSON.stringify({ name: person.name, id: person.personId })).toString('base64url');

/** People with their accounts and roles, by name, page by page. Looking at people is an entry, one per page. */
export async function listPeople(deps: AccountsDeps, actor: Actor, input: PeopleSearch): Promise<PeoplePage> {
  const { policy } = authorizePerson(deps, actor, 'person.view');
  const wanted = check(search, input);
  const text = wanted.text?.trim().toWellFormed().replaceAll('\0', '') ?? '';
  const rows = await listPeopleRows(deps.db, {
    text: text === '' ? null : text,
    department: wanted.department ?? null,
    role: wanted.role ?? null,
    state: wanted.state ?? null,
    personId: null,
    withLeft: wanted.withLeft,
    after: wanted.after === undefined ? null : readPlace(wanted.after),
    limit: wanted.limit + 1,
  });
  const items = rows.slice(0, wanted.limit);
  const last = items.at(-1);
  const facts = { count: items.length, role: wanted.role ?? null, department: wanted.department ?? null };
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'person.list',
      subject: { kind: 'list', id: 'people' },
      decision: 'allow',
      policy,
      facts,
      ...(text !== '' && { side: { text } }),
    }),
  );
  return { items, next: rows.length > items.length && last ? writePlace(last) : null };
}
