#!/bin/bash
# Run once by the postgres image when it makes its database: the roles of Lantai, with the passwords of the secrets.
set -euo pipefail

secret() { cat "/run/secrets/$1"; }
psql -q -U postgres -d "$POSTGRES_DB" -f /opt/create-roles.sql \
  -v owner_password="$(secret lantai_owner_password)" \
  -v app_password="$(secret lantai_app_password)" \
  -v integrator_password="$(secret lantai_integrator_password)"
