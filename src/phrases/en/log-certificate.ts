import type { Phrases } from '../types.js';
import type { logCertificate as source } from '../zh/log-certificate.js';

export const logCertificate: Phrases<typeof source> = {
  titles: { main: 'Certificate of destruction of audit log entries', supplement: 'Supplementary certificate of destruction of audit log entries' },
  attached: 'Data of this certificate',
  number: 'Certificate',
  register: 'Destruction register',
  log: 'Log',
  entries: 'Entries',
  written: 'Written',
  root: 'Root of the tree',
  term: 'By which rule, kept until',
  method: 'Method',
  removed:
    '{size} {size|entry|entries} and what stood beside them were deleted from the database (done {at}); {gone} {gone|bundle was|bundles were} removed from the store by version',
  locked:
    '{locked} more {locked|bundle is|bundles are} under the lock of the store; they are removed when it ends, {until} at the latest, and a supplementary certificate says so',
  stays: 'What stays',
  stayNames: {
    hash_tiles: 'The hashes of all entries and the tiles over them: by them the rest of the log still verifies',
    checkpoints: 'Every signed checkpoint',
    timestamps: 'Time stamps',
    first_entry: 'The first entry (line four of the note below), which goes on from the log before',
    counts: 'Sums that were counted before',
  },
  note: 'The note that was signed and published beside the log before anything went',
  signed: 'Proposed, approved, carried out and witnessed by',
  none: 'None',
  office: 'Office',
  name: 'Name',
  at: 'Time',
  place: 'Place in the log',
  maker: 'Proposed',
  approver: 'Approval ({step})',
  executor: 'Executor',
  supervisor: 'Supervisor',
  supervisorOutside: 'Supervisor (from outside the archive)',
  witnessed: 'Witnessed',
  verify: 'How to verify',
  verifyText:
    'lantai verify certificate FILE: signature, authority, attachment and digest of the register. lantai verify audit and scripts/verify/verify_log.py verify what stays by the signed note beside the log, and say which entries are gone.',
  fine: 'Certificate {number} is valid: register {register}, {count} {count|entry|entries} of the log {log} destroyed, {locked} {locked|bundle|bundles} under lock',
};
