export {
  CHANNELS,
  CLIENT_LEVELS,
  CLIENT_TYPES,
  FEEDBACK_KINDS,
  MEDIA,
  PRIORITIES,
  SENSITIVITIES,
  SERVICE_TYPES,
  TIME_CLASSES,
} from '../classification/index.js';
export type { Channel, ClientLevel, ClientType, FeedbackKind, Medium, Priority, Sensitivity, ServiceType, TimeClass } from '../classification/index.js';

/** States of a record; see `states.ts` for the steps between them. */
export const RECORD_STATES = [
  'received',
  'sent_back',
  'archived',
  'due',
  'extended',
  'approved',
  'destroying',
  'shredded',
  'destroyed',
  'transferred',
] as const;
export type RecordState = (typeof RECORD_STATES)[number];
