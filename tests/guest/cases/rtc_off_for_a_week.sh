# A machine with `rtcfile` measures its RTC for an hour and a half, is off for a week, and starts
# within 10 ms of what the true drift of the RTC gives, before it has asked anybody. What judges is
# the arithmetic of the truth over the RTC, which runs with the oscillator, 40 ppm fast.
# boot: 2026-11-25T07:58:20
# boot: 2026-12-02T09:41:13
configure <<END
makestep 1 3
rtcfile /var/lib/meridian/rtc
rtconutc
END
if [ "$boot" = 1 ]; then
  begin 40 0.2
  lan_delay 1ms 10us
  start clockd ntpd-net rtcd
  seen=$(true_clock settle 1000000 60)
  judge synchronised "within 1 ms: $seen" test "$seen" != settled_s=never
  sleep 5400
  syncctl rtcdata | sed 's/^/rtcdata: /'
  gain=$(syncctl -c rtcdata | cut -d, -f6)
  judge rtc_gain "rtcdata gives $gain ppm, the truth is 40" awk -v g="$gain" 'BEGIN { exit !(g > 39.9 && g < 40.1) }'
  samples=$(syncctl -c rtcdata | cut -d, -f2)
  judge rtc_samples "$samples measurements" test "$samples" -ge 7
  judge trimrtc_is_for_root "$(setpriv --reuid 65534 --regid 65534 --clear-groups syncctl trimrtc 2>&1)" \
    sh -c '! setpriv --reuid 65534 --regid 65534 --clear-groups syncctl trimrtc >/dev/null 2>&1'
  said=$(chronyc -h /run/meridian/ntpd-net/control.sock trimrtc 2>&1)
  judge chronyc_trimrtc_is_told_no "$said" test "$said" = "500 Failure"
  theirs=$(chronyc -h /run/meridian/ntpd-net/control.sock rtcdata | sed 's/GMT/UTC/')
  judge chronyc_rtcdata "$theirs" test "$theirs" = "$(syncctl rtcdata)"
  : >/var/lib/meridian/rtc
  judge writertc "$(syncctl writertc)" grep -q '^1 [0-9]* -[0-9.]* 40.0' /var/lib/meridian/rtc
  kill -TERM "$rtcd_pid"
  wait "$rtcd_pid"
  true_clock tick >/var/lib/last_tick
  judge rtc_was_left_alone "$(cat /var/lib/last_tick)" awk -F'[ =]' '{ exit !($2 * 1e9 - $4 < -90e9) }' /var/lib/last_tick
  carry /var/lib/last_tick /var/lib/meridian/rtcd/clock /var/lib/meridian/rtc
else
  true_clock resume "$(field rtc </var/lib/last_tick)" "$(field truth_ns </var/lib/last_tick)" 40
  before=$(error_ns)
  judge a_week_of_drift_and_the_rtc_are_seconds_off "$before ns" test "$before" -lt -70000000000
  rtcd --once -d >/var/log/rtcd.log 2>&1
  after=$(error_ns)
  judge starts_by_the_predicted_rtc "$after ns from the truth" is_within "$after" 10000000
  sed 's/^/rtcd: /' /var/log/rtcd.log
  # trimrtc: at once and for root, once the clock is known to be right.
  start rtcd
  sleep 3
  judge trimrtc_wants_a_right_clock "$(syncctl trimrtc 2>&1)" sh -c '! syncctl trimrtc >/dev/null 2>&1'
  ip netns exec truth true_clock serve &
  start clockd ntpd-net
  seen=$(true_clock settle 1000000 60)
  sleep 5
  said=$(syncctl trimrtc)
  true_clock tick >/var/lib/trimmed
  judge trimrtc "$said, $(cat /var/lib/trimmed)" awk -F'[ =]' '{ e = $2 * 1e9 - $4; exit !(e > -50e6 && e < 50e6) }' /var/lib/trimmed
fi
