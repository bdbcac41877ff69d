#!/bin/sh
# `make install` as packagers use it: installs what is built into a temporary DESTDIR under two
# prefixes; every program runs from there, clockd finds what it becomes, and no file knows the
# build tree. Builds nothing, starts nothing that stays, moves no clock.
# Usage: install.sh BUILD
set -eu
build=$(cd "$1" && pwd)
destination=$(mktemp -d)
trap 'rm -rf "$destination"' EXIT
chmod 755 "$destination"
failed=0
fail() { echo "FAILED: $*"; failed=1; }

for prefix in /usr /usr/local; do
  root=$destination$prefix
  DESTDIR=$destination cmake --install "$build" --prefix "$prefix" >"$destination/log" 2>&1 ||
    { cat "$destination/log"; fail "install under $prefix"; continue; }
  for program in sbin/clockd sbin/ntpd-net sbin/rtcd sbin/refclockd bin/syncctl; do
    "$root/$program" --version >"$destination/log" 2>&1 || fail "$prefix/$program --version: $(cat "$destination/log")"
  done
  ntpdate=$(find "$root" -name ntpdate -type f -perm -u+x)
  [ -n "$ntpdate" ] && "$ntpdate" --version >"$destination/log" 2>&1 || fail "ntpdate --version: $(cat "$destination/log")"
  setpriv --bounding-set=-sys_time --inh-caps=-sys_time "$root/sbin/clockd" -x -d -t 0.1 -u "$(id -u)" \
    --rundir "$destination/run" --statedir "$destination/state" 'makestep 1 3' >"$destination/log" 2>&1 ||
    fail "clockd does not run from $prefix: $(cat "$destination/log")"
  grep -q 'clockd exiting' "$destination/log" || fail "clockd did not end by itself: $(cat "$destination/log")"
  for page in man8/clockd.8 man8/ntpd-net.8 man1/syncctl.1 man5/meridian.conf.5 man7/sync-board.7; do
    find "$root/share/man" -path "*$page*" | grep -q . || fail "no $page under $prefix"
  done
done
rm -f "$destination/log"
found=$(grep -rlF "$build" "$destination" || true)
[ -z "$found" ] || fail "these know the build tree: $found"
[ $failed = 0 ] && echo "Installed twice, ran from there; $(find "$destination" -type f | wc -l) files, none knows the build tree."
exit $failed
