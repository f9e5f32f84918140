import { dayText } from '../records/index.js';
import type { HttpDeps } from './deps.js';

/** Today in the archive's zone, `YYYY-MM-DD`: what forms begin with, and what names of files that are taken away bear. */
export function today({ now, config }: Pick<HttpDeps, 'now' | 'config'>): string {
  return dayText(now(), config.timeZone);
}
