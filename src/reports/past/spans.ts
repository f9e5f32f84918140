/** A time during which something held; `to` not included. */
export interface Span {
  from: Date;
  to: Date;
}

/** What held when, during a day: each reason opens when it is first seen and closes when it is seen no more. */
export class Spans<T> {
  readonly #open = new Map<string, Map<string, Date>>();
  readonly #reasons = new Map<string, T>();
  readonly #closed = new Map<string, Map<string, Span[]>>();

  constructor(readonly key: (reason: T) => string) {}

  /** From an instant on, exactly these reasons hold for somebody. */
  set(who: string, reasons: readonly T[], at: Date): void {
    const before = this.#open.get(who) ?? new Map<string, Date>();
    const now = new Map<string, Date>();
    for (const reason of reasons) {
      const key = this.key(reason);
      this.#reasons.set(`${who}\n${key}`, reason);
      now.set(key, before.get(key) ?? at);
    }
    for (const [key, from] of before) if (!now.has(key)) this.#close(who, key, { from, to: at });
    if (now.size > 0) this.#open.set(who, now);
    else this.#open.delete(who);
  }

  #close(who: string, key: string, span: Span): void {
    if (span.from >= span.to) return; // held for no time at all
    const own = this.#closed.get(who) ?? new Map<string, Span[]>();
    this.#closed.set(who, own);
    const spans = own.get(key) ?? [];
    own.set(key, spans);
    const last = spans.at(-1);
    if (last !== undefined && last.to >= span.from) last.to = span.to;
    else spans.push(span);
  }

  /** Everything that held, with its times; nothing holds any more after `at`. */
  end(at: Date): { who: string; reasons: { reason: T; spans: Span[] }[] }[] {
    for (const who of this.#open.keys()) this.set(who, [], at);
    return [...this.#closed].map(([who, reasons]) => ({
      who,
      reasons: [...reasons].map(([key, spans]) => ({ reason: this.#reasons.get(`${who}\n${key}`) as T, spans })),
    }));
  }
}
