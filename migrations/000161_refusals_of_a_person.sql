-- Refusals of a person among ten million entries: without an index of their own all refusals, or all entries of the person, are read for a page.
create index audit_entries_refused_by_actor on audit_entries (actor, log, sequence) where decision <> 'allow';
