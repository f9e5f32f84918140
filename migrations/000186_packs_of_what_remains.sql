-- An evidence pack over a time of which all entries are gone by rule holds what stays of them: no entry at all may be left.
alter table evidence_packs drop constraint evidence_packs_found_check;
alter table evidence_packs add constraint evidence_packs_found_check check (found >= 0);
alter table evidence_packs drop constraint evidence_packs_entries_check;
alter table evidence_packs add constraint evidence_packs_entries_check check (entries >= 0);
