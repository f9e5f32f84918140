-- Printing is an access of its own: a reading includes it or not, and each print is an entry before its first byte.
alter table readings add column may_print boolean not null default false;
alter table readings alter column may_print drop default;
alter table accesses drop constraint accesses_kind_check;
alter table accesses add constraint accesses_kind_check check (kind in ('view', 'print', 'download'));
