# kill -9 of each process in mid-slew: the kernel is left at its base rate with a slew that
# ends by itself, the clock stays within its bound, and whatever is restarted joins again.
begin 25 0
lan_delay 100us 20us
configure <<END
makestep 1 3
allow
END
start clockd ntpd-net rtcd
seen=$(true_clock settle 200000 120)
sleep 120
base=$(kernel_ppm)
judge learnt_the_rate "$seen, then $base ppm" is_within "$(awk -v x="$base" 'BEGIN { print x + 25 }')" 2

# disturb NAME: somebody pushes the clock 30 ms away, and the suite slews it back; returns in
# mid-slew, and says how far it was.
disturb() {
  true_clock set 0.03
  for turn in $(seq 150); do   # clockd looks at the clock every half minute
    sleep 2
    left=$(error_ns)
    is_within "$left" 25000000 && break
  done
  judge "$1_in_mid_slew" "$left ns left of 30 ms" test "$left" -gt 2000000 -a "$left" -lt 25000001
}
# judge_rate NAME: the kernel keeps the base rate, and once the slew has ended the clock keeps it too.
judge_rate() {
  sleep 150
  now=$(kernel_ppm)
  judge "$1_base_rate" "$now ppm, was $base ppm" is_within "$(awk -v a="$now" -v b="$base" 'BEGIN { print a - b }')" 2
  seen=$(true_clock watch 60 5)
  judge "$1_drift" "$seen" is_within "$(echo "$seen" | field drift_ppm)" 2
  judge "$1_bound" "$seen" is_within "$(echo "$seen" | field worst_ns)" 32000000
}

disturb clockd
kill -9 "$clockd_pid"
judge_rate clockd
start clockd
seen=$(true_clock settle 1000000 300)
judge clockd_back "within 1 ms again: $seen" test "$seen" != settled_s=never

for role in client server resolver; do
  pid=$(role_pid $role)
  [ -n "$pid" ] || { [ $role = resolver ] || fail ${role}_killed "no such role"; continue; }
  disturb $role
  kill -9 "$pid"
  sleep 15
  judge ${role}_back "was $pid, is $(role_pid $role)" test -n "$(role_pid $role)"
  judge_rate $role
done

disturb supervisor
kill -9 "$ntpd_net_pid"
sleep 5
judge supervisor_takes_its_roles "$(ps | grep -c '[-]-role') role(s) left" test "$(ps | grep -c '[-]-role')" = 0
judge_rate supervisor
start ntpd-net
seen=$(true_clock settle 1000000 300)
judge supervisor_back "within 1 ms again: $seen" test "$seen" != settled_s=never

disturb rtcd
kill -9 "$rtcd_pid"
judge_rate rtcd
