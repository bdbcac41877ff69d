# From start to a clock within 1 ms, on a LAN with iburst: not later than chronyd beside it.
# Both start from the same 3 s and 40 ppm, three times each, alternating.
begin 40 3.0
lan_delay 100us 20us
ours= theirs=
for turn in 1 2 3; do
  chronyd -F 0 -v >/dev/null 2>&1
  adjtimex -q -f 0 -o 0 >/dev/null 2>&1
  true_clock set 3.0
  start_chronyd "makestep 1 3"
  theirs="$theirs $(true_clock settle 1000000 60 | field settled_s)"
  kill -TERM "$chronyd_pid"; wait "$chronyd_pid"
  adjtimex -q -f 0 -o 0 >/dev/null 2>&1
  true_clock set 3.0
  rm -rf /var/lib/meridian /run/meridian
  configure <<END
makestep 1 3
END
  start clockd ntpd-net
  ours="$ours $(true_clock settle 1000000 60 | field settled_s)"
  kill -TERM "$ntpd_net_pid" "$clockd_pid"; wait "$ntpd_net_pid" "$clockd_pid"
done
median() { echo "$@" | tr ' ' '\n' | sort -n | sed -n 2p; }
detail="meridian $ours s, chronyd $theirs s"
judge start_to_1_ms "$detail" awk -v a="$(median $ours)" -v b="$(median $theirs)" 'BEGIN { exit !(a > 0 && b > 0 && a <= b) }'
