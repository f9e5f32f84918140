import { CodedError } from '../errors/index.js';
import type { IntegratedEntry } from './types.js';

/** How many settled entries are remembered for callers that ask a moment later. */
const REMEMBERED = 20_000;

interface Waiter {
  /** Enough that the head which contains the entry is signed and in the signer's memory; that it can be asked for is not waited for. */
  signed: boolean;
  resolve(entry: IntegratedEntry): void;
  reject(error: unknown): void;
  timer: NodeJS.Timeout;
}

/** Callers that wait until their entry stands under a signed head. */
export class Waiters {
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #recent = new Map<string, IntegratedEntry>();

  constructor(private readonly timeout: number) {}

  get ids(): string[] {
    return [...this.#waiting.keys()];
  }

  /** Resolves when `settle` names the entry, with `signed` when `sign` does; rejects `audit_unavailable` after the timeout. */
  wait(id: string, signed = false): Promise<IntegratedEntry> {
    const known = this.#recent.get(id);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { signed, resolve, reject, timer: setTimeout(() => this.#giveUp(id, waiter), this.timeout) };
      const set = this.#waiting.get(id);
      if (set) set.add(waiter);
      else this.#waiting.set(id, new Set([waiter]));
    });
  }

  /** The heads of these entries are signed, and on their way to where they can be asked for. */
  sign(entries: readonly IntegratedEntry[]): void {
    if (this.#waiting.size === 0) return;
    for (const entry of entries) {
      for (const waiter of this.#waiting.get(entry.id) ?? []) {
        if (!waiter.signed) continue;
        clearTimeout(waiter.timer);
        waiter.resolve(entry);
      }
    }
  }

  settle(entries: readonly IntegratedEntry[]): void {
    for (const entry of entries) {
      this.#recent.set(entry.id, entry);
      for (const waiter of this.#waiting.get(entry.id) ?? []) {
        clearTimeout(waiter.timer);
        waiter.resolve(entry);
      }
      this.#waiting.delete(entry.id);
    }
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= REMEMBERED) break;
      this.#recent.delete(id);
    }
  }

  /** Refuses everyone who still waits: the process stops. */
  abandon(): void {
    for (const set of this.#waiting.values()) {
      for (const waiter of set) {
        clearTimeout(waiter.timer);
        waiter.reject(new CodedError('audit_unavailable', { detail: 'stopping' }));
      }
    }
    this.#waiting.clear();
  }

  #giveUp(id: string, waiter: Waiter): void {
    const set = this.#waiting.get(id);
    set?.delete(waiter);
    if (set?.size === 0) this.#waiting.delete(id);
    waiter.reject(new CodedError('audit_unavailable', { detail: 'an entry was not settled in time' }));
  }
}
