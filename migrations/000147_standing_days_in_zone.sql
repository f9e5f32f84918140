-- The zone by which the days of a standing rule count. Rules from before were proposed in days of UTC, and stay what was agreed to.
alter table standing_rules add column zone text not null default 'UTC' check (char_length(zone) between 1 and 64);
