# `refclock RTC`: the machine's chip beside the network, by the interrupts that the kernel makes of
# the HPET's 64 a second. What is a source nobody writes: neither the kernel, every 11 minutes, nor rtcd.
begin 40 0.2
configure <<END
makestep 1 3
refclock RTC /dev/rtc0:utc refid CHIP poll 2 noselect
END
start clockd refclockd ntpd-net rtcd
seen=$(true_clock settle 1000000 60)
judge synchronised "within 1 ms: $seen" test "$seen" != settled_s=never
sleep 1400
true_clock tick >/run/tick
behind=$(awk -F'[ =]' '{ printf "%.6f", $4 / 1e9 - $2 }' /run/tick)
judge a_source_is_not_written "the chip is $behind s behind" is_within "$(awk -v b="$behind" 'BEGIN { print b - 100 }')" 8
row=$(syncctl -c -n sources | awk -F, '$3 == "CHIP"')
judge and_heard_all_the_time "$row" test "$(echo "$row" | cut -d, -f6)" = 377
judge it_is_told_how_far_we_are_ahead "$row, $behind" is_within "$(awk -v b="$behind" -v o="$(echo "$row" | cut -d, -f8)" 'BEGIN { print b - o }')" 0.04
judge_filters no_filter_was_broken
