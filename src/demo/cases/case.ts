import type { Channel, ClientType, FeedbackKind, Priority, Sensitivity, ServiceType } from '../../classification/index.js';

export type FileKind = 'recording' | 'chat' | 'mail' | 'photo' | 'sheet' | 'usage' | 'report' | 'letter' | 'page' | 'form';

/**
 * A kind of case that the demo archive tells again and again with other particulars. Texts have slots in braces:
 * those of the chosen variant, and {client}, {area}, {amount}, {days}, {order}, {phone} from the generator.
 */
export interface Case {
  type: ServiceType;
  clients: readonly ClientType[];
  channels: readonly Channel[];
  department: string;
  title: string;
  content: readonly string[];
  solution?: string;
  handling?: string;
  result: string;
  feedback?: readonly string[];
  exception?: { what: string; handling: string };
  followUp?: string;
  form?: { kind: FeedbackKind; priority: Priority; demand: string };
  sensitivity?: Sensitivity;
  tags?: readonly string[];
  files?: readonly FileKind[];
  /** Usual evaluation, 1–5; the generator strays by one. */
  mood: number;
  variants: readonly Readonly<Record<string, string>>[];
}
