import { findPersonalData, maskPhone, maskText } from '../../../classification/index.js';
import { parseQuery } from '../../../records/index.js';
import { bareQuery } from '../../../search/index.js';

function phoneIn(q: string): string | undefined {
  return [q, bareQuery(q)].find((text) => {
    const understood = parseQuery(text);
    return understood.kind === 'number' && understood.phone !== undefined;
  });
}

/** Whether a query holds personal data: it then never stands in an address, and pages show it masked. */
export function isSealed(q: string): boolean {
  return phoneIn(q) !== undefined || findPersonalData(q).length > 0;
}

/** A query as pages show it. */
export function shownAs(q: string): string {
  const phone = phoneIn(q);
  if (phone === undefined) return maskText(q).text;
  return q.includes(phone) ? maskText(q.replace(phone, () => maskPhone(phone))).text : maskPhone(phone);
}
