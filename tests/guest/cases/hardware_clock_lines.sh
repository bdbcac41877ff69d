# Who writes the hardware clock, by the lines that say so: the kernel alone (rtcsync), rtcd as well
# (without a line), or nobody until it is too wrong (rtcfile and rtcautotrim). It begins 100 s
# behind the truth. QEMU's chip keeps its tick whatever is written: it gets the nearest second.
# boot: 2026-11-25T07:58:20
# boot: 2026-11-25T07:58:20
rtc_error() { true_clock tick | awk -F'[ =]' '{ printf "%.3f", $2 - $4 / 1e9 }'; }
writes() { grep -c 'RTC set' /var/log/rtcd.log; }
restart_rtcd() {   # restart_rtcd LINE...
  kill -TERM "$rtcd_pid"
  wait "$rtcd_pid"
  for line in "makestep 1 3" "$@"; do echo "$line"; done | configure
  mv /var/log/rtcd.log "/var/log/rtcd.log.$((++run))"
  start rtcd
}
run=0
begin 40 0.2
printf 'makestep 1 3\n%s\n' "$([ "$boot" = 1 ] && echo rtcsync || printf 'rtcfile /var/lib/rtc\nrtcautotrim 200')" | configure
start clockd ntpd-net rtcd
seen=$(true_clock settle 1000000 60)
judge "synchronised_$boot" "within 1 ms: $seen" test "$seen" != settled_s=never
if [ "$boot" = 1 ]; then
  judge rtcsync_says_so_to_the_kernel "$(true_clock error)" test "$(true_clock error | field unsync)" = 0
  sleep 1400   # twice the kernel's interval
  error=$(rtc_error)
  judge rtcsync_the_kernel_copies "$error s" is_within "$error" 0.6
  judge rtcsync_rtcd_does_not "$(writes) times" test "$(writes)" = 0
  restart_rtcd
  judge rtcsync_but_as_it_stops "$(grep 'RTC set' /var/log/rtcd.log.1)" test "$(grep -c 'RTC set' /var/log/rtcd.log.1)" = 1
  sleep 1400
  judge without_it_rtcd_writes "$(writes) times" test "$(writes)" -ge 2
else
  sleep 800   # rtcd measures at once and every 11 minutes
  error=$(rtc_error)
  judge rtcautotrim_leaves_less_alone "$error s, $(writes) writes" awk -v e="$error" 'BEGIN { exit !(e < -90 && e > -110) }'
  judge rtcfile_the_kernel_is_told_not_to "$(true_clock error)" test "$(true_clock error | field unsync)" = 1
  restart_rtcd "rtcfile /var/lib/rtc"
  sleep 800
  error=$(rtc_error)
  judge rtcfile_without_it_is_left_alone "$error s" awk -v e="$error" 'BEGIN { exit !(e < -90 && e > -110) }'
  restart_rtcd "rtcfile /var/lib/rtc" "rtcautotrim 30"
  sleep 800
  error=$(rtc_error)
  judge rtcautotrim_sets_what_is_more_wrong "$error s, $(writes) writes" is_within "$error" 0.6
  judge rtcautotrim_sets_it_once "$(grep 'RTC set' /var/log/rtcd.log)" test "$(writes)" = 1
fi
