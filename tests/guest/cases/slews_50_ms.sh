# An error of 50 ms, below the step threshold, is slewed away without a jump.
begin 10 0.05
lan_delay 100us 20us
configure <<END
makestep 1 3
END
start clockd ntpd-net
watched=/tmp/watched
true_clock watch 240 0.2 >$watched &
watcher=$!
seen=$(true_clock settle 1000000 240)
judge slewed "within 1 ms: $seen" test "$seen" != settled_s=never
wait $watcher
judge never_jumped "$(cat $watched)" test "$(field jumps <$watched)" = 0
judge never_worse "$(cat $watched)" is_within "$(field worst_ns <$watched)" 52000000
steps=$(cat /var/log/*.log | grep -c 'System clock was stepped by')
judge no_step_logged "$steps step(s) in the log" test "$steps" = 0
