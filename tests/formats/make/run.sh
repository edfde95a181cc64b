#!/bin/sh
# Runs one driver as pid 1 of its own namespace: `run.sh node winston_json.js`. $WORK holds a copy of this folder with what its README installs.
exec unshare --pid --fork --uts --mount-proc env TZ=UTC sh -c 'hostname 5f2c7b1e9a04; cd "$0" && exec "$@"' "$WORK/$1" $([ "$1" = node ] && echo node || echo "$PROGRAM") "$2"
