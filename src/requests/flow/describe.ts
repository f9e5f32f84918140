import type { PolicySet } from '../../access/index.js';
import { planRoute } from './route.js';

const SITUATIONS: readonly { says: string; own: string; departments: readonly string[] }[] = [
  { says: 'own department', own: 'a', departments: ['a'] },
  { says: 'another department', own: 'a', departments: ['b'] },
  { says: 'own and two others', own: 'a', departments: ['a', 'b', 'c'] },
  { says: 'no record found', own: 'a', departments: [] },
];

/** The way of each kind of application in typical situations as Markdown, so that a change of the rules can be read in review. */
export function routesMarkdown(set: PolicySet): string {
  const lines = [`# Ways of applications: profile ${set.profile.profile}`, ''];
  for (const rule of set.requests.values()) {
    const { remind, escalate, expire, longest, overdue } = rule.days;
    lines.push(`## ${rule.kind}`, '', `Days: reminded ${remind}, handed up ${escalate}, refused ${expire}; grants up to ${longest}; overdue every ${overdue}.`);
    lines.push(
      `Different persons: ${rule.different_persons ? 'yes' : 'no'}. Told: ${rule.tell.join(', ') || 'nobody'}.`,
      '',
      '| records of | steps |',
      '|--|--|',
    );
    for (const { says, ...facts } of SITUATIONS) {
      const steps = planRoute(rule, facts).map(
        (one) => `${one.role}${one.department === null ? '' : ` of ${one.department}`}${one.escalate === null ? '' : ` (else ${one.escalate})`}`,
      );
      lines.push(`| ${says} | ${steps.join(' → ')} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}
