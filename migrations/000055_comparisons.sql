-- A comparison with a system that goes on beside is on record from its start, so that it can be left and found again.
alter table import_comparisons add column state text not null default 'done' check (state in ('running', 'done', 'failed'));
alter table import_comparisons add column reason text;
alter table import_comparisons alter column state drop default;
alter table import_comparisons add check ((state = 'failed') = (reason is not null));
grant update on import_comparisons to lantai_app;
