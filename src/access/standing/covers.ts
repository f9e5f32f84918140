import type { StandingText } from './rule.js';

/** What a reading by role is, as a standing rule sees it; what is not known is left out. */
export interface AskedByRole {
  reader?: string | undefined;
  department?: string | undefined;
  type?: string | undefined;
  sensitivity?: string | undefined;
  state?: string | undefined;
}

/**
 * Whether a standing rule covers a reading by role, apart from purpose and time; the same that `standingRuleFor` asks of the
 * catalogue. What is left out meets whatever the rule wants where `unknown` says so, else nothing.
 */
export function standingCovers(rule: StandingText, asked: AskedByRole, unknown: boolean): boolean {
  const among = (list: readonly string[], value: string | undefined): boolean =>
    value === undefined ? unknown || list.includes('*') : list.includes('*') || list.includes(value);
  const own =
    rule.departments.includes('own') &&
    (asked.reader === undefined || asked.department === undefined ? unknown : asked.reader !== '' && asked.reader === asked.department);
  return (
    among(rule.readers, asked.reader) &&
    (own || among(rule.departments, asked.department)) &&
    (asked.type === undefined ? unknown : (rule.types as readonly string[]).includes(asked.type)) &&
    (asked.sensitivity === undefined ? unknown : (rule.sensitivities as readonly string[]).includes(asked.sensitivity)) &&
    among(rule.states, asked.state)
  );
}
