import type { Decision } from '../types.js';

/** By what entries may be counted apart. `person` is the pseudonym, `department` that of whoever acted, `day` local. */
export const COUNT_DIMENSIONS = ['day', 'person', 'department', 'act', 'decision', 'purpose', 'outside'] as const;
export type CountDimension = (typeof COUNT_DIMENSIONS)[number];

/** Which entries to count; all given fields must fit. An empty list fits nothing. */
export interface CountFilter {
  /** Pseudonyms. */
  actors?: readonly string[] | undefined;
  /** Codes of the actors' departments; `''` is none. */
  departments?: readonly string[] | undefined;
  acts?: readonly string[] | undefined;
  /** `''` is none. */
  purposes?: readonly string[] | undefined;
  decisions?: readonly Decision[] | undefined;
  /** Outside (true) or within (false) working hours. */
  outside?: boolean | undefined;
  /** Local days `YYYY-MM-DD`, both included. */
  from?: string | undefined;
  to?: string | undefined;
  /** Ids of records; counted in the log itself, by its index. */
  records?: readonly string[] | undefined;
}

/** One sum: the asked dimensions, and how many entries. */
export type CountRow<D extends CountDimension = CountDimension> = { [K in D]: K extends 'outside' ? boolean : string } & { count: number };
