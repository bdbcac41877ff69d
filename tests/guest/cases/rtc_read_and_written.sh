# A machine with a hopeless clock starts from its RTC; a synchronised clock goes to the RTC when
# rtcd stops. The RTC of the guest starts 100 s before the truth.
true_clock begin $truth_begins 10
date -u -s '1970-01-01 00:10:00' >/dev/null
configure <<END
makestep 1 3
END
start rtcd
sleep 5
judge rtc_is_the_first_guess "$(date -u)" test "$(date -u +%Y)" = 2026
error=$(error_ns)
judge rtc_guess_is_the_rtcs "$error ns from the truth" is_within "$error" 110000000000
ip netns exec truth true_clock serve &
start clockd ntpd-net
seen=$(true_clock settle 1000000 60)
judge then_synchronised "within 1 ms: $seen" test "$seen" != settled_s=never
sleep 20
kill -TERM "$rtcd_pid"
sleep 3
rtc=$(cat /sys/class/rtc/rtc0/since_epoch)
now=$(date -u +%s)
judge rtc_written "RTC $rtc, clock $now" test "$((rtc - now))" -ge -1 -a "$((rtc - now))" -le 1
sed 's/^/rtcd: /' /var/log/rtcd.log
