# A hardware clock that is measured gets a low battery: one line says so, it is refused, counted and
# measured no more, and what was known of it stays; once it is set and powered, it is measured again.
# hardware
begin 40 0.2
configure <<END
makestep 1 3
rtcfile /var/lib/rtc
rtcdevice /dev/rtc1
END
plug_in
start clockd ntpd-net rtcd
true_clock settle 1000000 60
samples() { syncctl -c rtcdata | cut -d, -f2; }
refused() { syncctl refusals | awk '$1 == "rtcd" && $3 == "low_battery" { print $4 }'; }
lines() { grep -c "$1" /var/log/rtcd.log; }
sleep 1500
before=$(samples)
known=$(cat /var/lib/rtc)
judge it_is_measured "$before times: $known" test "$before" -ge 2
judge a_minute_behind "$known" awk -v f="$(echo "$known" | cut -d' ' -f3)" 'BEGIN { exit !(f < -59.9 && f > -60.1) }'
echo 1 >/sys/module/true_hardware/parameters/low_battery
sleep 1500
judge no_more_with_a_low_battery "$(samples) times" test "$(samples)" = "$before"
judge what_was_known_stays "$(cat /var/lib/rtc)" test "$(cat /var/lib/rtc)" = "$known"
judge it_is_counted_each_time "$(refused)" test "$(refused)" -ge 2
judge one_line_says_so "$(lines 'while its battery is low')" test "$(lines 'while its battery is low')" = 1
said=$(syncctl trimrtc)
judge it_can_be_set "$said" test "$said" = "200 OK"
sleep 1500
judge measured_again "$(samples) times, $(cat /var/lib/rtc)" test "$(samples)" -ge 1
judge and_right "$(cat /var/lib/rtc)" awk -v f="$(cut -d' ' -f3 /var/lib/rtc)" 'BEGIN { exit !(f < 0.05 && f > -0.05) }'
judge another_line_says_so "$(lines 'battery is good again')" test "$(lines 'battery is good again')" = 1
judge_filters no_filter_was_broken
sed 's/^/rtcd: /' /var/log/rtcd.log
