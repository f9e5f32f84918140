import { phrasesFor, say, type Lang } from '../../phrases/index.js';
import type { FigureName } from './store.js';

/** Names that stand in the archive's own tables and files. */
export interface FigureNames {
  department(code: string): string;
  purpose(code: string): string;
}

const wordOf = (texts: Readonly<Record<string, string>>, code: string): string => (Object.hasOwn(texts, code) ? (texts[code] ?? code) : code);

/** What a row of a figure counts, in words. */
export function figureKey(lang: Lang, figure: FigureName, key: string, names: FigureNames): string {
  const p = phrasesFor(lang);
  const { keys } = p.reports.monthly;
  switch (figure) {
    case 'lateness':
      return names.department(key);
    case 'readings_by_purpose':
      return names.purpose(key);
    case 'readings_by_kind':
      return wordOf({ ...keys, ...p.pages.requests.kinds }, key);
    case 'readings_ended':
      return wordOf({ ...keys, ...p.pages.reading.giveBack.results }, key);
    case 'requests': {
      const [kind = '', state = ''] = key.split(' ');
      return say(keys.pair, { kind: wordOf(p.pages.requests.kinds, kind), state: wordOf(p.pages.requests.states, state) });
    }
    case 'emergency':
      return wordOf(keys, key);
    case 'request_times':
    case 'overdue':
      return wordOf(p.pages.requests.kinds, key);
    case 'refusals':
    case 'rights_changed':
      return wordOf(p.audit.acts, key);
    case 'sampling':
      return wordOf(p.reports.samples.kinds, key);
    case 'account_review':
      return wordOf(p.reports.accounts.kinds, key);
    case 'signals':
      return wordOf(p.reports.signals.kinds, key);
    case 'rights':
      return wordOf(p.access.roles, key);
    case 'accounts':
      return wordOf(p.accounts.accountState, key);
    case 'holdings': {
      const [type = '', year = ''] = key.split(' ');
      return say(keys.holding, { type: wordOf(p.values.serviceType, type), year });
    }
  }
}
