import { openField, sealField } from '../crypto/index.js';
import type { RequestsDeps } from './deps.js';

/** Who an outsider is; stands sealed. */
export interface Outsider {
  name: string;
  organisation: string;
  contact: string;
}

/** Why an application is made; stands sealed. */
export interface Why {
  reason: string;
  ticket: string;
}

/** How the records were named; stands sealed, since client numbers and searches may tell who somebody is. */
export interface Named {
  numbers: string[];
  client: string;
  search: string;
}

type Keys = Pick<RequestsDeps, 'keystore'>;
const secretOf = (deps: Keys): ReturnType<Keys['keystore']['secret']> => deps.keystore.secret('catalogue');

/** What of an application is sealed, and where it stands. */
export type Sealed = 'why' | 'outsider' | 'named' | 'reference' | 'result' | `step/${number}` | `paper/${string}` | `visit/${string}`;

const contextOf = (id: string, what: Sealed): string => `request/${id}/${what}`;

export function sealText(deps: Keys, id: string, what: Sealed, text: string): Buffer | null {
  return text === '' ? null : sealField(secretOf(deps), contextOf(id, what), text);
}

export function openText(deps: Keys, id: string, what: Sealed, sealed: Buffer | null): string {
  return sealed === null ? '' : openField(secretOf(deps), contextOf(id, what), sealed);
}

export function sealJson(deps: Keys, id: string, what: Sealed, value: Outsider | Why | Named): Buffer {
  return sealField(secretOf(deps), contextOf(id, what), JSON.stringify(value));
}

function openJson<T>(deps: Keys, id: string, what: Sealed, sealed: Buffer | null, none: T): T {
  return sealed === null ? none : (JSON.parse(openField(secretOf(deps), contextOf(id, what), sealed)) as T);
}

export const openWhy = (deps: Keys, id: string, sealed: Buffer | null): Why => openJson(deps, id, 'why', sealed, { reason: '', ticket: '' });
export const openOutsider = (deps: Keys, id: string, sealed: Buffer | null): Outsider | null => openJson<Outsider | null>(deps, id, 'outsider', sealed, null);
export const openNamed = (deps: Keys, id: string, sealed: Buffer | null): Named => openJson(deps, id, 'named', sealed, { numbers: [], client: '', search: '' });
