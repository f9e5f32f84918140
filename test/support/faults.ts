/*
 * Faults at every boundary of a piece of work: each call of what lies outside the process (database, store, keystore, engine, log)
 * is a boundary before it and one after it. Nothing in the program knows of them.
 */

export interface Boundaries {
  /** Passed so far. */
  readonly passed: number;
  /** What stood at each: `before store.put`. */
  readonly names: readonly string[];
  /** The same object, counting its methods. */
  around<T extends object>(name: string, object: T, methods?: readonly (keyof T & string)[]): T;
}

/** @param strike called at each boundary with its number, from 1; throws or kills where it wants */
export function boundaries(strike: (number: number, name: string) => void): Boundaries {
  const names: string[] = [];
  const pass = (name: string): void => {
    names.push(name);
    strike(names.length, name);
  };
  return {
    get passed() {
      return names.length;
    },
    names,
    around(name, object, methods) {
      return new Proxy(object, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target);
          if (typeof value !== 'function') return value;
          const act = value.bind(target) as (...args: unknown[]) => unknown;
          if (typeof key !== 'string' || (methods && !(methods as readonly string[]).includes(key))) return act;
          return async (...args: unknown[]): Promise<unknown> => {
            pass(`before ${name}.${key}`);
            const answer = await act(...args);
            pass(`after ${name}.${key}`);
            return answer;
          };
        },
      });
    },
  };
}

/** What a strike throws. */
export class Struck extends Error {
  constructor(at: string) {
    super(`struck ${at}`);
  }
}
