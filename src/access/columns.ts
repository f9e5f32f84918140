import { CHANNELS, CLIENT_TYPES, MEDIA, SENSITIVITIES, SERVICE_TYPES } from '../classification/index.js';
import type { RecordColumn } from './types.js';

/** The states of a record; a test holds them equal to those of `records`, which stands right of this module. */
export const STATES = ['received', 'sent_back', 'archived', 'due', 'extended', 'approved', 'destroying', 'shredded', 'destroyed', 'transferred'] as const;

/** What the columns may hold. `null`: any code. A rule that compares with another value would silently never act, so it is refused. */
export const COLUMN_VALUES: Record<RecordColumn, readonly string[] | 'boolean' | null> = {
  service_type: SERVICE_TYPES,
  client_type: CLIENT_TYPES,
  department: null,
  sensitivity: SENSITIVITIES,
  medium: MEDIA,
  channel: CHANNELS,
  state: STATES,
  restricted: 'boolean',
  fonds: null,
  staff_account: null,
};

/** A record as the rules see it. */
export interface RecordAttributes {
  service_type: string;
  client_type: string;
  department: string;
  sensitivity: string;
  medium: string;
  channel: string;
  state: string;
  restricted: boolean;
  fonds: string;
  staff_account: string;
  /** What live grants give the asking person on this very record; left out, nothing. */
  granted?: readonly string[];
  /** Only for conditions that list records. */
  id?: string;
}

/** Placeholders of rules and the one column each may stand for. One that is empty for an actor makes its comparison false. */
export const PLACEHOLDERS = { '$user.department': 'department', '$user.account': 'staff_account' } as const satisfies Record<string, RecordColumn>;
export type Placeholder = keyof typeof PLACEHOLDERS;
