#!/bin/bash
# Random secrets for docker-compose.yml, into ./secrets. Refuses to overwrite: a lost password locks you out of your data.
set -euo pipefail
umask 077

cd "$(dirname "$0")/.."
[ ! -e secrets ] || { echo 'secrets/ exists already; nothing was changed' >&2; exit 1; }
mkdir secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
for name in postgres_password lantai_owner_password lantai_app_password lantai_integrator_password s3_secret_key meili_key; do
  printf '%s' "$(random)" >"secrets/$name"
done
printf 'lantai' >secrets/s3_access_key
url() { printf 'postgresql://lantai_%s:%s@postgres:5432/lantai' "$1" "$(cat "secrets/lantai_$1_password")"; }
url app >secrets/database_url
url owner >secrets/database_owner_url
url integrator >secrets/database_audit_url
# Compose hands files over with their own modes, and the programs in the containers run under accounts of their own.
chmod 644 secrets/*
chmod 700 secrets
echo 'made secrets/: keep a copy where the data is not'
