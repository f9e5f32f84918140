import type { Phrases } from '../types.js';
import type * as zh from '../zh/published-log.js';

export const logActs: Phrases<typeof zh.logActs> = {
  'log.export': 'Export the audit log',
  'log.fetch': 'Fetch a published file of the log',
  'log.tidy': 'Remove partial tiles that full ones supersede',
  'log.state': 'View the state of the audit log',
  'log.verify': 'Verify every entry of the audit log',
  'log.replay': 'Wrote entries again that a restore had taken from the database',
  'log.break': 'Opened the log after one was closed with a loss',
  'log.break.propose': 'Proposed to close the log with a loss',
  'log.break.agree': 'Agreed to close the log with a loss',
  'log.break.refuse': 'Refused to close the log with a loss',
  'log.break.view': 'Viewed why the log cannot go on',
  'log.certify_gone': 'Certified that the entries of a log are destroyed',
  'log.publish_gone': 'Put that certificate beside the log',
  'log.remove_entries': 'Removed entries of a log whose term is over',
  'log.remove_bundles': 'Removed bundles of a log whose term is over',
  'log.gone': 'The last entry of that log is gone',
  'log.gone_again': 'Destroyed again what a restore had brought back of a log',
  'log.proof': 'View the proof of an entry',
};

export const publishedLog: Phrases<typeof zh.publishedLog> = {
  group: 'Export and checkpoints of the audit log',
  export: 'Export the audit log into an empty folder, for verification elsewhere without this archive (C2SP tlog-tiles)',
  exported: '{log}: {size} entries exported',
  exportedTo:
    'Exported to {folder}. Keep its checkpoint somewhere else, in a mail, on paper or on a noticeboard: it will show later that the log was not cut or made anew.',
  checkpoint: 'Print the newest checkpoint (a signed note), to be mailed, posted or printed',
  qr: 'Print it as a QR code too',
  options: {
    logs: 'Export these years only',
    from: 'Verify an exported folder or a web address, without database and without secrets',
    key: 'Verifier key (a line) or a file of them; by default the one beside the log, which does not prove who made it',
    checkpoint: 'File of a checkpoint that was kept elsewhere; may be repeated',
    authority: 'File with a certificate (PEM) of a trusted time-stamping authority; may be repeated',
  },
  whole: '{log}: whole, {size} entries, {checkpoints} checkpoints',
  faulty: '{log}: {size} entries, {checkpoints} checkpoints; something does not fit',
  anchoredBy: {
    checkpoint: '  the first {size} entries are anchored by {name}, a checkpoint kept elsewhere',
    timestamp: '  the first {size} entries are anchored at {since} by a time stamp ({name})',
  },
  loose:
    '  entries {from} to {to} stand under the signature of this archive alone: if whoever holds the signing key made them anew, only a checkpoint kept elsewhere or a time stamp would show it',
  unanchored:
    '  all entries stand under the signature of this archive alone: if whoever holds the signing key cut the log or made it anew, only a checkpoint kept elsewhere or a time stamp would show it',
  ownKey:
    'The verifier key was taken from beside the log: it shows that the log fits together, not who made it. Verify again with a key that you were given by other means (--key)',
  gone: '  entries 1 to {size} were destroyed at {at} at the end of their term ({rule}), decided by {persons}; their hashes are there and verify',
  break: 'BREAK: {log} opens where {closed} was closed by two persons ({persons}) because something is lost ({reason}); it goes on from entry {size} of it',
  lost: 'entries {from} to {to} of it were signed and are lost',
  lostUnknown: 'how many entries were signed beyond is not known',
  beyond: 'nothing is left to compare these checkpoints with: {names}',
  breakReasons: { restore: 'a restore from a backup', lost: 'published files were lost', differs: 'log and published log differ', other: 'another reason' },
  fault: '  {log}, entry {sequence} · {what} ({kind}) · {name}',
  faultNowhere: '  {log} · {what} ({kind}) · {name}',
  more: '  … and {count} more',
  faults: {
    entry: 'the entry does not fit its published hash: changed, removed, inserted or reordered',
    time: 'time goes backwards, or lies outside the year',
    opening: 'the first entry does not go on from the end of the year before',
    missing: 'a file is missing',
    damaged: 'a file is damaged',
    tile: 'a tile of hashes does not fit the entries',
    root: 'the checkpoint does not fit the root of the entries: something was changed since the last one that fits',
    short: 'the log is shorter than a checkpoint says: cut, or put back to an earlier state',
    signature: 'the checkpoint has no valid signature',
    origin: 'the checkpoint is of another log',
    fork: 'two different checkpoints of one size: there are two versions of the log',
    unsigned: 'there is no signed checkpoint',
    timestamp: 'the time stamp is not valid, or not of this log',
  },
};
