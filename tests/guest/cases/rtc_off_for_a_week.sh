# A machine with `rtcfile` measures its RTC for an hour and a half, is off for a week, and starts
# within 10 ms of what that drift foretells, before it has asked anybody. What judges is arithmetic
# of the case's own over the numbers in the rtcfile, and over ticks that the truth has timed. The
# truth runs 40 ppm slower than the guest's raw clock, the RTC within a ppm of that.
# boot: 2026-11-25T07:58:20
# boot: 2026-12-02T09:41:13
configure <<END
makestep 1 3
rtcfile /var/lib/meridian/rtc
rtconutc
log rtc
logdir /var/log
END
if [ "$boot" = 1 ]; then
  begin 40 0.2
  lan_delay 1ms 10us
  start clockd ntpd-net rtcd
  seen=$(true_clock settle 1000000 60)
  judge synchronised "within 1 ms: $seen" test "$seen" != settled_s=never
  true_clock tick >/run/ticks
  sleep 2700
  mv /var/log/rtc.log /var/log/rtc.log.1
  touch /var/log/rtc.log   # where rtcd itself may make none
  chown rtcd /var/log/rtc.log
  syncctl cyclelogs
  sleep 2700
  true_clock tick >>/run/ticks
  true_gain=$(awk -F'[ =]' 'NR == 1 { r = $2; t = $4 } END { print (($2 - r) * 1e9 / ($4 - t) - 1) * 1e6 }' /run/ticks)
  syncctl rtcdata | sed 's/^/rtcdata: /'
  gain=$(syncctl -c rtcdata | cut -d, -f6)
  judge rtc_gain "rtcdata gives $gain ppm, the truth is $true_gain" \
    awk -v g="$gain" -v t="$true_gain" 'BEGIN { d = g - t; exit !(d > -0.1 && d < 0.1) }'
  samples=$(syncctl -c rtcdata | cut -d, -f2)
  judge rtc_samples "$samples measurements" test "$samples" -ge 7
  old=$(grep -c '^2026-' /var/log/rtc.log.1) new=$(grep -c '^2026-' /var/log/rtc.log)
  judge rtc_log_goes_on_in_a_fresh_file "$old and $new rows" test "$old" -ge 3 -a "$new" -ge 3
  rows=$((old + new)) last=$(tail -n 1 /var/log/rtc.log)
  judge rtc_log "$rows rows, $last" test "$rows" = "$samples"
  judge rtc_log_tells_the_gain "$gain: $last" awk -v g="$gain" -v row="$last" 'BEGIN { n = split(row, f, " "); d = f[6] - g; exit !(n == 9 && f[4] == 1 && d > -0.001 && d < 0.001) }'
  nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
  said=$(nobody syncctl trimrtc 2>&1)
  judge trimrtc_is_for_root "$said" test "$said" = "501 Not authorised"
  said=$(chronyc -h /run/meridian/ntpd-net/control.sock trimrtc 2>&1)
  judge chronyc_trimrtc_is_told_no "$said" test "$said" = "500 Failure"
  theirs=$(chronyc -h /run/meridian/ntpd-net/control.sock rtcdata | sed 's/GMT/UTC/')
  judge chronyc_rtcdata "$theirs" test "$theirs" = "$(syncctl rtcdata)"
  : >/var/lib/meridian/rtc
  said=$(syncctl writertc)
  judge writertc "$said: $(cat /var/lib/meridian/rtc)" grep -q '^1 [0-9]* -[0-9.]* [34]' /var/lib/meridian/rtc
  kill -TERM "$rtcd_pid"
  wait "$rtcd_pid"
  true_clock tick >/run/last_tick
  judge rtc_was_left_alone "$(cat /run/last_tick)" awk -F'[ =]' '{ exit !($2 * 1e9 - $4 < -90e9) }' /run/last_tick
  carry /var/lib/meridian/rtcd/clock /var/lib/meridian/rtc
else
  # RTC R of the rtcfile's line "1 T F G": UTC is (R - F + G T) / (1 + G), G in ppm.
  read -r _ reference fast gain </var/lib/meridian/rtc
  truth=$(awk -v t="$reference" -v f="$fast" -v g="$gain" 'BEGIN { printf "%.0f", (t - f / (1 + g * 1e-6)) * 1e9 }')
  true_clock resume "$reference" "$truth" "$gain"
  before=$(error_ns)
  judge a_week_of_drift_and_the_rtc_are_a_minute_off "$before ns" test "$before" -lt -60000000000
  rtcd --once -d >/var/log/rtcd.log 2>&1
  after=$(error_ns)
  judge starts_by_the_predicted_rtc "$after ns from the prediction" is_within "$after" 10000000
  sed 's/^/rtcd: /' /var/log/rtcd.log
  # trimrtc: for root, once the clock is known to be right.
  start rtcd
  sleep 3
  judge trimrtc_wants_a_right_clock "$(syncctl trimrtc 2>&1)" sh -c '! syncctl trimrtc >/dev/null 2>&1'
  ip netns exec truth true_clock serve &
  start clockd ntpd-net
  true_clock settle 1000000 60
  sleep 60
  said=$(syncctl trimrtc 2>&1)
  true_clock tick >/run/trimmed
  # QEMU's chip, like those of many boards, keeps its tick whatever is written: it gets the nearest
  # second, and what is left is measured.
  judge trimrtc "$said, $(cat /run/trimmed)" awk -F'[ =]' '{ e = $2 * 1e9 - $4; exit !(e > -510e6 && e < 510e6) }' /run/trimmed
  fast=$(syncctl -c rtcdata | cut -d, -f5)
  judge rtcdata_tells_what_is_left "fast by $fast s, $(cat /run/trimmed)" \
    awk -F'[ =]' -v fast="$fast" '{ d = $2 - $4 / 1e9 - fast; exit !(d > -0.01 && d < 0.01) }' /run/trimmed
fi
