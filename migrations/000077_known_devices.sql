-- Devices on which somebody has signed in: known by a random cookie, of which a keyed digest is kept for each account. Nothing of
-- the browser is measured; two accounts on one device have nothing in common here.
create table known_devices (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  -- null once removed: the cookie means nothing any more
  token_hash bytea check (octet_length(token_hash) = 32),
  -- what the browser says that it is, as with sessions
  device text not null check (char_length(device) <= 200),
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- the first device of an account, or one that its person answered for
  known_at timestamptz,
  removed_at timestamptz,
  check ((token_hash is null) = (removed_at is not null))
);
create unique index known_devices_once on known_devices (account_id, token_hash) where token_hash is not null;
create index known_devices_by_account on known_devices (account_id, last_at desc) where removed_at is null;
create index known_devices_asked on known_devices (account_id, first_at desc) where removed_at is null and known_at is null;
create trigger known_devices_audited after insert or update or delete on known_devices for each statement execute function audit_required();
grant select, insert on known_devices to lantai_app;
grant update (token_hash, device, last_at, known_at, removed_at) on known_devices to lantai_app;

alter table sessions add column device_id uuid references known_devices (id);
create index sessions_by_device on sessions (device_id) where ended_at is null and device_id is not null;
