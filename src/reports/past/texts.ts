import { policySetFrom, standingText, type PolicySet, type StandingText } from '../../access/index.js';
import { TextsOnRecord, type LogItem } from '../../audit/index.js';

/** What a digest says, where that is known. */
export interface RulesOfThePast {
  policy(digest: string): PolicySet | undefined;
  standing(digest: string): StandingText | undefined;
}

/** The rules of past days, by the digest that entries name; `undefined` where the log does not hold a text that is valid. */
export class PastTexts implements RulesOfThePast {
  readonly #texts = new TextsOnRecord();
  readonly #policies = new Map<string, PolicySet | undefined>();
  readonly #standing = new Map<string, StandingText | undefined>();

  take(item: LogItem): void {
    this.#texts.take(item.entry);
  }

  policy(digest: string): PolicySet | undefined {
    return remembered(this.#policies, digest, () => {
      const text = this.#texts.get(digest);
      return text === undefined ? undefined : policySetFrom(text, digest);
    });
  }

  standing(digest: string): StandingText | undefined {
    return remembered(this.#standing, digest, () => {
      const text = this.#texts.get(digest);
      return text === undefined ? undefined : standingText.parse(JSON.parse(text));
    });
  }
}

/** A text of another kind, or one that this program cannot read, says nothing. */
function remembered<T>(known: Map<string, T | undefined>, key: string, make: () => T | undefined): T | undefined {
  if (known.has(key)) return known.get(key);
  let made: T | undefined;
  try {
    made = make();
  } catch {
    made = undefined;
  }
  known.set(key, made);
  return made;
}
