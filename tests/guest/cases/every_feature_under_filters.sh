# Every feature runs under the real filters without a SIGSYS, and each process holds what the
# design says: its own user, no_new_privs, a filter, and CAP_SYS_TIME or nothing.
true_clock die_by_filter
judge a_planted_death_is_seen "$(killed_by_filter) in the kernel's log" test "$(killed_by_filter)" = 1

begin 40 3.0
configure <<END
makestep 1 3
rtcsync
allow 192.168.43.0/24
local stratum 10
driftfile /var/lib/drift
log tracking measurements statistics
logdir /var/log/meridian
END
start clockd ntpd-net rtcd
sleep 20
for words in sources sourcestats tracking activity ntpdata selectdata serverstats authdata clients rtcdata smoothing \
  "sources -v" "sourcestats -v" "-c tracking" "-n sources" "makestep" "burst 2/4" "online" "offline" "online" "refresh" \
  "add server 192.168.43.7" "delete 192.168.43.7" "reselect" "dump" "cyclelogs" "accheck 192.168.43.5" "waitsync 3"; do
  syncctl $words >>/var/log/syncctl.log 2>&1 || echo "($words ended with $?)" >>/var/log/syncctl.log
done
syncctl -h 127.0.0.1 tracking >>/var/log/syncctl.log 2>&1
ip netns exec truth ntpdate -q 192.168.43.102
ntpdate -q 192.168.43.101
seen=$(true_clock settle 1000000 60)
judge synchronised "$seen" test "$seen" != settled_s=never

# holds PID NAME UID CAPABILITIES
holds() {
  status=/proc/$1/status
  [ -r "$status" ] || { fail "$2_confined" "no such process"; return; }
  uid=$(awk '/^Uid:/ { print $2 }' $status)
  caps=$(awk '/^Cap(Prm|Eff|Bnd|Amb):/ { printf "%s ", $2 }' $status)
  groups=$(sed -n 's/^Groups:[ \t]*//p' $status | tr -d ' ')
  locked=$(awk '/^(NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' $status)
  none=0000000000000000
  case "$4" in
    none) wanted="$none $none $none $none " ;;
    sys_time) wanted="0000000002000000 0000000002000000 $5 $none " ;;
  esac
  judge "$2_confined" "uid $uid caps $caps groups '$groups' nnp,seccomp $locked" \
    test "$uid" = "$3" -a "$caps" = "$wanted" -a -z "$groups" -a "$locked" = "1 2 "
}
bounding=$(awk '/^CapBnd:/ { print $2 }' "/proc/$clockd_pid/status")
judge clockd_bounding "$bounding" test "$bounding" = 0000000002000000 -o "$bounding" = 0000000000000000
holds "$clockd_pid" clockd 101 sys_time "$bounding"
holds "$rtcd_pid" rtcd 103 sys_time "$bounding"
holds "$ntpd_net_pid" supervisor 102 none
for pid in $(children_of "$ntpd_net_pid"); do
  role=$(role_of "$pid")
  holds "$pid" "${role:-role}" 102 none
done

kill -HUP "$ntpd_net_pid" "$clockd_pid" 2>/dev/null
sleep 5
kill -TERM "$rtcd_pid" "$ntpd_net_pid" "$clockd_pid"
sleep 5
judge nobody_died_by_a_filter "$(killed_by_filter) in the kernel's log, one of them planted" test "$(killed_by_filter)" = 1
dmesg | grep 'type=1326' | tail -n 5
