import { CodedError } from '../errors/index.js';
import type { ReceiptScope } from './types.js';

/** Known to this file only: without it the constructor, reachable through any receipt, makes nothing. */
const MAKER = Symbol('maker of receipts');

function refuse(detail: string): CodedError {
  return new CodedError('forbidden', { detail: `receipt refused: ${detail}` });
}

/**
 * Proof that an access stands in the signed log. Opens exactly one object for one actor, once.
 * Its scope is a private field, so that no copy, prototype or proxy passes for one at run time.
 */
class Receipt {
  readonly #scope: ReceiptScope;
  #spent = false;

  constructor(maker: symbol, scope: ReceiptScope) {
    if (maker !== MAKER) throw refuse('not made by the audit log');
    this.#scope = { ...scope, range: scope.range === null ? null : { ...scope.range } };
    Object.freeze(this);
  }

  static spend(value: unknown, scope: ReceiptScope): void {
    if (typeof value !== 'object' || value === null || !(#scope in value)) throw refuse('not a receipt');
    if (value.#spent) throw refuse('used before');
    value.#spent = true; // also when the scope differs: a receipt is tried once
    const own = value.#scope;
    if (own.actorPseudonym !== scope.actorPseudonym) throw refuse('another actor');
    if (own.objectId !== scope.objectId) throw refuse('another object');
    if (own.range?.start !== scope.range?.start || own.range?.end !== scope.range?.end) throw refuse('another range');
  }
}

export type { Receipt };

/** @internal only `createAudit` calls this, after the entry is in the signed head; never exported from the module */
export function makeReceipt(scope: ReceiptScope): Receipt {
  return new Receipt(MAKER, scope);
}

/**
 * Spends a receipt for exactly this access; the vault calls it before it unwraps a key.
 * Throws `forbidden` for anything that is not a fresh receipt of the same actor, object and range.
 */
export function consumeReceipt(receipt: Receipt, scope: ReceiptScope): void {
  Receipt.spend(receipt, scope);
}

/** The facts that an access entry carries, so that its receipt opens nothing but what the log says. */
export function scopeFacts(scope: ReceiptScope): Record<string, string | number> {
  return scope.range === null ? { object: scope.objectId } : { object: scope.objectId, start: scope.range.start, end: scope.range.end };
}
