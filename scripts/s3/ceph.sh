#!/bin/bash
# One Ceph node in memory with an S3 gateway on loopback: ceph.sh FOLDER PORT. Started through scripts/test-stores.sh.
# A monitor, one storage daemon that keeps everything in memory, a manager and the gateway: enough for Object Lock to be real.
set -euo pipefail

dir=$1 port=$2
for program in ceph ceph-mon ceph-osd ceph-mgr radosgw radosgw-admin ceph-authtool monmaptool; do
  command -v "$program" >/dev/null || { echo "ceph: $program is missing; apt-get install ceph-mon ceph-osd ceph-mgr radosgw" >&2; exit 1; }
done
mkdir -p "$dir"/{mon,osd,mgr/one,run,log}
uuid() { cat /proc/sys/kernel/random/uuid; }
cluster=$(uuid) disk=$(uuid)
monitor=v2:127.0.0.1:$((port > 40000 ? port - 9000 : port + 9000))/0
export CEPH_CONF=$dir/ceph.conf

cat >"$CEPH_CONF" <<CONF
[global]
fsid = $cluster
mon host = $monitor
mon initial members = one
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $dir/keyring
run dir = $dir/run
admin socket = $dir/run/\$name.asok
pid file = $dir/run/\$name.pid
log file = $dir/log/\$name.log
ms bind ipv6 = false
public addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
[mon.one]
mon data = $dir/mon/one
[osd]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 2147483648
[mgr]
mgr data = $dir/mgr/\$id
[client]
rgw frontends = beast endpoint=127.0.0.1:$port
CONF

{
  ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
  for name in client.admin client.gateway osd.0 mgr.one; do
    ceph-authtool "$dir/keyring" --gen-key -n "$name" --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  done
  monmaptool --create --fsid "$cluster" --addv one "[$monitor]" "$dir/monmap"
  ceph-mon --mkfs -i one --monmap "$dir/monmap" --keyring "$dir/keyring"
  ceph-mon -i one
  timeout 60 ceph osd new "$disk" 0
  ceph-osd -i 0 --mkfs --osd-uuid "$disk"
  ceph-osd -i 0
  ceph-mgr -i one
} >"$dir/log/setup" 2>&1

radosgw -f -n client.gateway >"$dir/log/gateway" 2>&1 </dev/null &
echo $! >"$dir/pid"
for _ in $(seq 1 120); do
  [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/")" = 200 ] && break
  sleep 1
done
timeout 120 radosgw-admin user create --uid=lantai --display-name=lantai --access-key=lantai-test --secret-key=lantai-test-secret >"$dir/log/user" 2>&1
