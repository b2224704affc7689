#!/bin/sh
# enter.sh <root> <uid> <gid> <folder> <command…>: run a command in an image's file system as ECS would run it: read-only
# but for /tmp, unprivileged for good, with this machine's network and its names. Each has a mount namespace of its own,
# which ends with it. It execs all the way, so that the process that signals go to is the command.
root=$1 uid=$2 gid=$3 folder=$4
shift 4
# shellcheck disable=SC2016  the inner shell's variables
exec unshare --mount --propagation private sh -e -c '
    root=$1 uid=$2 gid=$3 folder=$4
    shift 4
    mount --bind "$root" "$root"
    mount -o remount,bind,ro,nosuid "$root"
    mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    for file in hosts resolv.conf; do mount --bind "/etc/$file" "$root/etc/$file"; done
    exec setpriv --no-new-privs unshare --root="$root" --wd="$folder" --setgid="$gid" --setuid="$uid" "$@"
' enter "$root" "$uid" "$gid" "$folder" "$@"
