#!/bin/bash
# Starts a real store on loopback, for the tests that need one, and prints what they read: an S3 server with Object Lock, or
# Meilisearch.
#
#   eval "$(scripts/test-stores.sh start minio)"     needs Go ≥ 1.21 (builds MinIO once), or `minio` on the path
#   eval "$(scripts/test-stores.sh start ceph)"      needs Debian's ceph-mon ceph-osd ceph-mgr radosgw
#   eval "$(scripts/test-stores.sh start meilisearch)"   needs `meilisearch` ≥ 1.50 on the path
#   scripts/test-stores.sh stop minio|ceph|meilisearch
#
# Servers keep their data below $LANTAI_TEST_STORES (default /tmp/lantai-test-stores); `stop` removes it.
set -euo pipefail

action=${1:-} which=${2:-}
base=${LANTAI_TEST_STORES:-/tmp/lantai-test-stores}
here=$(cd "$(dirname "$0")" && pwd)

# The last community release is the tag RELEASE.2025-10-15T17-29-55Z. Its name is no version to Go, and the module proxy
# offers only the last commit of the community branch, which is that release with later repairs.
minio_version=v0.0.0-20260212201848-7aac2a2c5b7c

say() { echo "test-stores: $*" >&2; }

free_port() { node -e 'const s=require("node:net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

wait_for() { # url, pid, log
  for _ in $(seq 1 600); do
    # Any answer will do: without a signature it is a refusal.
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$1" || true)" != 000 ] && return 0
    kill -0 "$2" 2>/dev/null || { say "the server ended; see $3"; return 1; }
    sleep 0.1
  done
  say "no answer from $1; see $3"
  return 1
}

minio_program() {
  command -v minio && return
  local folder=${LANTAI_TEST_TOOLS:-$HOME/.cache/lantai-test-tools}
  if [ ! -x "$folder/minio" ]; then
    command -v go >/dev/null || { say 'MinIO needs Go ≥ 1.21 to be built, or `minio` on the path'; return 1; }
    say "building MinIO $minio_version (once, some minutes)"
    GOBIN="$folder" GOFLAGS=-buildvcs=false go install "github.com/minio/minio@$minio_version" >&2
  fi
  echo "$folder/minio"
}

start_minio() {
  local program folder=$base/minio port audit
  program=$(minio_program)
  port=$(free_port)
  audit=$(free_port)
  mkdir -p "$folder/data"
  # its audit log is posted to a port that a test may listen at; until then it waits in a queue
  MINIO_AUDIT_WEBHOOK_ENABLE_TEST=on MINIO_AUDIT_WEBHOOK_ENDPOINT_TEST="http://127.0.0.1:$audit" \
  MINIO_ROOT_USER=lantai-test MINIO_ROOT_PASSWORD=lantai-test-secret MINIO_BROWSER=off \
    "$program" server --quiet --address "127.0.0.1:$port" "$folder/data" >"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  wait_for "http://127.0.0.1:$port/minio/health/ready" "$(cat "$folder/pid")" "$folder/log"
  answer "http://127.0.0.1:$port" lantai-test lantai-test-secret
  echo "export LANTAI_TEST_S3_AUDIT_PORT=$audit"
  echo "export LANTAI_TEST_S3_DATA=$folder/data"
}

start_meilisearch() {
  local folder=$base/meilisearch port key
  command -v meilisearch >/dev/null || {
    say 'skipped: no meilisearch on the path; take version 1.50 or later from https://github.com/meilisearch/meilisearch/releases, or build it with cargo'
    return 1
  }
  port=$(free_port)
  key=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  mkdir -p "$folder/data"
  # little memory for indexing: it is filled anew for every change
  MEILI_MASTER_KEY=$key MEILI_ENV=production MEILI_NO_ANALYTICS=true MEILI_LOG_LEVEL=WARN \
    meilisearch --http-addr "127.0.0.1:$port" --db-path "$folder/data" --dump-dir "$folder/dumps" --snapshot-dir "$folder/snapshots" \
    --max-indexing-memory 256MiB --max-indexing-threads 1 >"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  wait_for "http://127.0.0.1:$port/health" "$(cat "$folder/pid")" "$folder/log"
  echo "export LANTAI_TEST_MEILI_URL=http://127.0.0.1:$port"
  echo "export LANTAI_TEST_MEILI_KEY=$key"
  echo "export LANTAI_TEST_MEILI_DATA=$folder/data"
}

answer() {
  echo "export LANTAI_TEST_S3_ENDPOINT=$1"
  echo "export LANTAI_TEST_S3_ACCESS_KEY=$2"
  echo "export LANTAI_TEST_S3_SECRET_KEY=$3"
}

stop() {
  local folder=$base/$which file
  [ -d "$folder" ] || return 0
  for file in "$folder"/pid "$folder"/run/*.pid; do
    [ -s "$file" ] && kill "$(cat "$file")" 2>/dev/null || true
  done
  sleep 1
  for file in "$folder"/pid "$folder"/run/*.pid; do
    [ -s "$file" ] && kill -9 "$(cat "$file")" 2>/dev/null || true
  done
  rm -rf "$folder"
}

case "$action $which" in
  'start minio') stop; start_minio ;;
  'start ceph') stop; port=$(free_port); "$here/s3/ceph.sh" "$base/ceph" "$port" >&2; answer "http://127.0.0.1:$port" lantai-test lantai-test-secret ;;
  'start meilisearch') stop; start_meilisearch ;;
  'stop minio' | 'stop ceph' | 'stop meilisearch') stop ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
