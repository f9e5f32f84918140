import type { FieldError } from '../errors/index.js';

/**
 * On what an archive may hand personal data to somebody outside (R103; PIPL articles 13, 23 and 49): the closed list that
 * applications, certified copies and the register of disclosures share. Texts stand in the phrase files under
 * `values.disclosureBasis`.
 */
export const DISCLOSURE_BASES = [
  /** The client agreed to just this disclosure (article 23). */
  'separate_consent',
  /** It is needed for a contract that the client is a party to (article 13, 2). */
  'contract',
  /** A duty that law or regulation lays on the archive's owner (article 13, 3). */
  'legal_duty',
  /** A court or another authority demands it within its powers (article 13, 3). */
  'authority',
  /** Somebody's life, health or property is in danger, or public health is (article 13, 4). */
  'emergency',
  /** The client, or whoever acts for the client, asks for the own data (article 45). */
  'client',
  /** Close relatives of a client who died, for their own lawful interest (article 49). */
  'relatives',
] as const;

export type DisclosureBasis = (typeof DISCLOSURE_BASES)[number];

/** What a basis asks for besides itself. */
export interface DisclosureDemand {
  /** The paper that shows it: the consent, the contract, the letter of the court, the proof of kinship. */
  reference: boolean;
  /** Which article of which law or regulation. */
  law: boolean;
  /** Number of the assessment of the impact on personal data (article 55): handing data to another who decides about it needs one. */
  assessment: boolean;
}

/** Only to the person whom the data is about may it go without an assessment: nobody else learns of it. */
export const DISCLOSURE_DEMANDS: Readonly<Record<DisclosureBasis, DisclosureDemand>> = {
  separate_consent: { reference: true, law: false, assessment: true },
  contract: { reference: true, law: false, assessment: true },
  legal_duty: { reference: false, law: true, assessment: true },
  authority: { reference: true, law: true, assessment: true },
  emergency: { reference: false, law: false, assessment: true },
  client: { reference: true, law: false, assessment: false },
  relatives: { reference: true, law: false, assessment: true },
};

/** What an application or a register says of the basis of a disclosure. */
export interface DisclosureInput {
  basis?: string | null | undefined;
  reference?: string | null | undefined;
  law?: string | null | undefined;
  assessment?: string | null | undefined;
}

/** A disclosure that may be made, as far as its basis goes; what was not demanded and not given is empty. */
export interface Disclosure {
  basis: DisclosureBasis;
  reference: string;
  law: string;
  assessment: string;
}

/** Unicode code points of each field. */
export const DISCLOSURE_LENGTHS = { reference: 200, law: 200, assessment: 64 } as const;

/** Numbers of assessments are codes: lists, registers and the audit log name them. */
const ASSESSMENT = /^[\p{L}\p{N}](?:[\p{L}\p{N}_.:/\-()〔〕]{0,62}[\p{L}\p{N})])?$/u;

/**
 * Checks the basis of a disclosure: no basis, or one that lacks what it needs, is refused.
 * @param prefix where the fields stand in the caller's input (`disclosure` gives `disclosure.basis`)
 */
export function checkDisclosure(
  input: DisclosureInput | null | undefined,
  prefix = 'disclosure',
): { disclosure: Disclosure; errors: [] } | { disclosure: null; errors: FieldError[] } {
  const field = (name: string) => (prefix === '' ? name : `${prefix}.${name}`);
  const said = (text: string | null | undefined) => text?.trim() ?? '';
  const basis = DISCLOSURE_BASES.find((one) => one === input?.basis);
  if (basis === undefined) return { disclosure: null, errors: [{ field: field('basis'), code: said(input?.basis) === '' ? 'missing' : 'unknown_value' }] };
  const demand = DISCLOSURE_DEMANDS[basis];
  const errors: FieldError[] = [];
  for (const name of ['reference', 'law', 'assessment'] as const) {
    const text = said(input?.[name]);
    const max = DISCLOSURE_LENGTHS[name];
    if (text === '') {
      if (demand[name]) errors.push({ field: field(name), code: 'missing' });
    } else if (Array.from(text).length > max) errors.push({ field: field(name), code: 'too_long', params: { max } });
    else if (!text.isWellFormed() || /\p{Cc}/u.test(text)) errors.push({ field: field(name), code: 'control_character' });
    else if (name === 'assessment' && !ASSESSMENT.test(text)) errors.push({ field: field(name), code: 'not_a_code' });
  }
  if (errors.length > 0) return { disclosure: null, errors };
  return { disclosure: { basis, reference: said(input?.reference), law: said(input?.law), assessment: said(input?.assessment) }, errors: [] };
}
