# initstepslew: the first correction is stepped when it is larger than THRESHOLD and slewed when it
# is smaller; the second is slewed, whatever it is.
# boot: 2026-11-25T07:58:20
# boot: 2026-11-25T07:58:20
[ "$boot" = 1 ] && error=0.8 || error=0.3
begin 40 $error
configure <<END
initstepslew 0.5 192.168.43.101
END
true_clock watch 30 0.2 >/tmp/watched &
watcher=$!
start clockd ntpd-net
wait $watcher
steps=$(cat /var/log/*.log | grep -c 'System clock was stepped by')
if [ "$boot" = 1 ]; then
  judge more_than_the_threshold_is_stepped "$(cat /tmp/watched), $steps" test "$(field jumps </tmp/watched) $steps" = "1 1"
  judge and_the_time_is_right "$(cat /tmp/watched)" is_within "$(field last_ns </tmp/watched)" 1000000
  true_clock set 0.8
  seen=$(true_clock watch 30 0.2)
  judge only_the_first_is "$seen" test "$(echo "$seen" | field jumps)" = 0
else
  judge less_is_slewed "$(cat /tmp/watched), $steps" test "$(field jumps </tmp/watched) $steps" = "0 0"
fi
seen=$(true_clock settle 1000000 300)
judge "settles_$boot" "within 1 ms: $seen" test "$seen" != settled_s=never
