import type { Phrases } from '../../types.js';
import type { home as zhHome } from '../../zh/pages/home.js';

export const home: Phrases<typeof zhHome> = {
  title: 'Home',
  hello: { morning: 'Good morning, {name}', day: 'Good afternoon, {name}', evening: 'Good evening, {name}' },
  waits: 'Waiting for me',
  waitKinds: {
    request_decide: 'applications to decide',
    request_overdue: 'applications to hand back',
    arrange: 'to be arranged',
    sent_back: 'sent back to me',
    batch_to_confirm: 'batches for me to confirm',
    readings_open: 'readings not handed back',
    import_running: 'imports running',
    import_failed: 'imports that need attention',
    role_to_confirm: 'roles to be confirmed',
    change_to_see: 'changes for me to see',
    policy_to_confirm: 'policies to be confirmed',
    special_term: 'special terms to be confirmed',
    lowering: 'lower sensitivities to agree to',
    not_archived: 'closed but not archived',
    integrity_alarm: 'integrity alarms',
    invitations_open: 'invitations not claimed',
  },
  nothingWaits: 'Nothing is waiting for you.',
  notices: {
    title: 'News of applications',
    seen: 'I have seen these',
    kinds: {
      remind: '{number} waits for an answer',
      escalate: '{number} was not answered in time; you may answer too',
      told: '{number} was approved; for your information',
      decided: '{number} has been decided',
      overdue: '{number} is over; hand it back',
      recall: '{number}: the archive asks you to hand it back',
    },
  },
  recent: 'Read last',
  noRecent: {
    title: 'You have not read a record yet',
    text: 'Find one with the box above, by service number, archival code, client number or phone; state a purpose and read.',
  },
  saved: 'My saved searches',
  noSaved: 'A search you use often can be saved here from its results.',
  readFor: '{purpose}',
  holdings: 'Holdings',
  closedOn: 'closed {date}',
};
