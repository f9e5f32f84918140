export { createAudit, originOf } from './audit.js';
export type { Audit, AuditDeps, AuditKeystore } from './audit.js';
export { consumeReceipt, scopeFacts } from './receipt.js';
export type { Receipt } from './receipt.js';
export * from './types.js';
