# What each process really calls after its doors are shut, seen by strace: nothing outside its
# promise (it would be dead), and no more kinds of calls than the design grants.
begin 40 3.0
configure <<END
makestep 1 3
allow 192.168.43.0/24
END
strace -f -ff -o /tmp/clockd -e trace=all clockd -d >/var/log/clockd.log 2>&1 &
strace -f -ff -o /tmp/net -e trace=all ntpd-net -d >/var/log/ntpd-net.log 2>&1 &
sleep 40
ip netns exec truth ntpdate -q 192.168.43.102
syncctl sources; syncctl tracking
sleep 30
# kinds FILE: the calls after the last seccomp(2), one a line.
kinds() {
  awk '/^(seccomp\(|prctl\(PR_SET_SECCOMP)/ { delete seen; locked = 1; next }
       locked && match($0, /^[a-z_0-9]+\(/) { seen[substr($0, 1, RLENGTH - 1)] = 1 }
       END { for (name in seen) print name }' "$1" | sort
}
for trace in /tmp/clockd.* /tmp/net.*; do
  grep -q -e '^seccomp(' -e 'PR_SET_SECCOMP' "$trace" || continue
  who=clockd most=14
  role=$(sed -n 's/.*execve(.*--role", "\([a-z]*\)".*/\1/p' "$trace" | tail -n 1)
  case "$trace $role" in
    *" client") who=client most=24 ;;
    *" server") who=server most=12 ;;
    *" resolver") who=resolver most=60 ;;
    /tmp/net.*) who=supervisor most=24 ;;
  esac
  list=$(kinds "$trace")
  count=$(echo "$list" | wc -l)
  echo "CALLS $who $(echo $list)"
  judge "${who}_calls" "$count kinds: $(echo $list)" test "$count" -ge 1 -a "$count" -le $most
done
seen=$(true_clock settle 5000000 60)
judge works_while_watched "$seen" test "$seen" != settled_s=never
