# The kernel's own PPS and PTP devices, with hardware of ours behind them (true_hardware): no
# network at all, the clock is set by a pulse whose seconds the card numbers, and every other way to
# read the same truth stands beside it. The first card keeps TAI, of which only the zone of
# `leapsectz` tells the kernel here; the second is hours off and stamps the pulse.
# hardware
begin 40 2.25
plug_in
echo "refclock PHC /dev/ptp0 refid CARD poll 0 tai noselect
refclock PPS /dev/pps0 refid RISE poll 0 lock CARD
refclock PPS /dev/pps0:clear refid FALL poll 0 lock CARD noselect
refclock PHC /dev/ptp0:nocrossts refid SLOW poll 0 tai noselect
refclock PHC /dev/ptp1:extpps refid EDGE poll 0 lock CARD noselect
leapsectz right/UTC
makestep 1 3" >/etc/meridian/meridian.conf
start clockd
sleep 1
tai=$(kernel_tai)
judge leapsectz_tells_the_kernel_tai "$tai" test "$tai" = 37
start refclockd ntpd-net
seen=$(true_clock settle 1000 60)
judge steered_by_pulses "within 1 us: $seen" test "$seen" != settled_s=never
sleep 20
seen=$(true_clock watch 20 0.5)
judge steered_by_pulses_on "$seen" is_within "$(echo "$seen" | field worst_ns)" 1000
judge and_at_the_right_rate "$(kernel_ppm) ppm" is_within "$(awk -v p="$(kernel_ppm)" 'BEGIN { print p + 40 }')" 0.1
syncctl -n sources | sed 's/^/SHOW /'
row() { syncctl -c -n sources | awk -F, -v name="$1" '$3 == name'; }
offset() { row "$1" | cut -d, -f8; }   # our clock minus the reference at its last sample, s
# judge_offset CLAIM NAME SECONDS MOST
judge_offset() { judge "$1" "$(row "$2")" awk -v x="$(offset "$2")" -v at="$3" -v most="$4" 'BEGIN { d = x - at; exit !(x != "" && d >= -most && d <= most) }'; }
judge the_pulse_is_selected "$(row RISE)" test "$(row RISE | cut -d, -f2)" = '*'
judge_offset pulses_are_measured_to_the_microsecond RISE 0 0.000001
judge_offset clear_is_the_falling_edge FALL 0.1 0.000001
judge_offset tai_is_taken_off_a_card_by_cross_stamps CARD 0 0.000001
judge_offset and_by_a_burst_of_readings SLOW 0 0.000001
judge_offset extpps_is_the_edge_that_the_card_stamps EDGE 0 0.000001
judge_filters no_filter_was_broken
kill -TERM "$refclockd_pid"
wait "$refclockd_pid"
sed 's/^/refclockd: /' /var/log/refclockd.log
