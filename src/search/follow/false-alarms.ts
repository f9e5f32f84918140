import { createHmac, type KeyObject } from 'node:crypto';
import { findPersonalData, type Finding, type PersonalDataKind } from '../../classification/index.js';

/** The keyed hash under which a false alarm is remembered; bound to its record, since the same digits may be a phone number elsewhere. */
export function alarmHash(secret: KeyObject, recordId: string, plain: string): Buffer {
  return createHmac('sha256', secret)
    .update(`${recordId}\0${plain.replace(/[\s.·-]/g, '').toUpperCase()}`)
    .digest();
}

/** Says of findings in a record whether somebody reported them as false alarms. */
export function sparedBy(secret: KeyObject, recordId: string, hashes: readonly Buffer[]): (finding: Finding) => boolean {
  if (hashes.length === 0) return () => false;
  const known = new Set(hashes.map((one) => one.toString('base64')));
  return (finding) => known.has(alarmHash(secret, recordId, finding.plain).toString('base64'));
}

/** What a reported text is: the kind it was taken for and the plain signs; `undefined` where nothing would have been masked. */
export function alarmIn(text: string): { kind: PersonalDataKind; plain: string } | undefined {
  const [first, ...others] = findPersonalData(text);
  return first === undefined || others.length > 0 ? undefined : { kind: first.kind, plain: first.plain };
}
