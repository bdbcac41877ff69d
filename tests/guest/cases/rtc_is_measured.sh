# A machine with `rtcfile` measures its RTC for an hour and a half, tells the drift by rtcdata, and
# writes it down. The truth runs 40 ppm slower than the guest's raw clock, the RTC within a ppm.
configure <<END
makestep 1 3
rtcfile /var/lib/meridian/rtc
rtconutc
END
begin 40 0.2
lan_delay 1ms 10us
start clockd ntpd-net rtcd
seen=$(true_clock settle 1000000 60)
judge synchronised "within 1 ms: $seen" test "$seen" != settled_s=never
true_clock tick >/run/ticks
sleep 5400
true_clock tick >>/run/ticks
true_gain=$(awk -F'[ =]' 'NR == 1 { r = $2; t = $4 } END { print (($2 - r) * 1e9 / ($4 - t) - 1) * 1e6 }' /run/ticks)
syncctl rtcdata | sed 's/^/rtcdata: /'
gain=$(syncctl -c rtcdata | cut -d, -f6)
judge rtc_gain "rtcdata gives $gain ppm, the truth is $true_gain" \
  awk -v g="$gain" -v t="$true_gain" 'BEGIN { d = g - t; exit !(d > -0.1 && d < 0.1) }'
samples=$(syncctl -c rtcdata | cut -d, -f2)
judge rtc_samples "$samples measurements" test "$samples" -ge 7
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
