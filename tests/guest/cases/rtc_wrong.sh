# An RTC that shows 1970 or 2069 is refused with one line; the clock starts at the last saved time
# and never before it. Without any RTC the same. (This chip has two digits for the year: what it
# kept of 2099 reads as 1999.)
# boot: 2026-11-25T07:58:20
# boot: 1970-01-01T00:00:10
# boot: 2069-06-01T00:00:00
configure <<END
rtconutc
END
mkdir -p /var/lib/meridian
if [ "$boot" = 1 ]; then
  date -u -s '2026-11-25 08:30:00' >/dev/null
  start rtcd
  sleep 5
  kill -9 "$rtcd_pid"   # as when power fails: what was saved is what there is
  carry /var/lib/meridian/rtcd/clock
  pass saved "at $(date -u)"
else
  rtcd --once -d >/var/log/rtcd.log 2>&1
  lines=$(grep -c 'RTC shows .* refused' /var/log/rtcd.log)
  judge "refused_with_one_line_$boot" "$(cat /var/log/rtcd.log)" test "$lines" = 1
  why="before 2025"
  [ "$boot" = 3 ] && why="too far ahead"
  judge "says_why_$boot" "$why" grep -q "refused, that is $why" /var/log/rtcd.log
  now=$(date -u +%s) saved=1795595400
  judge "starts_at_the_saved_time_$boot" "$now, saved $saved" test "$now" -ge "$saved" -a "$now" -le $((saved + 60))
  # Without an RTC, from a clock that says 1970.
  date -u -s '1970-01-01 00:10:00' >/dev/null
  rtcd --once -d --device /dev/none >/var/log/rtcd.log 2>&1
  now=$(date -u +%s)
  judge "without_an_rtc_$boot" "$now: $(cat /var/log/rtcd.log)" test "$now" -ge "$saved" -a "$now" -le $((saved + 60))
fi
