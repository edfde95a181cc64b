#!/bin/sh
# Runs a recorder in namespaces of its own: real ports, small pids, a container-like host name.
here=$(cd "$(dirname "$0")" && pwd)
script=$1; shift
exec unshare -nupf --mount-proc sh -c "ip link set lo up; hostname ip-10-0-12-23; exec python3 '$here/$script' $*"
