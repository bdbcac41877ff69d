# The time by a person alone: what is said once sets the clock, and said again a day later it tells
# the rate of the oscillator, which is 40 ppm fast, too. Nobody looks but a person's watch.
begin 40 5.0
echo "manual
makestep 1 -1" >/etc/meridian/meridian.conf
start clockd ntpd-net
sleep 2
say_the_time() {   # as the truth is now, to some hundredths of a second
  now=$(true_clock tick | awk -F'[ =]' '{ printf "%.3f", $4 / 1e9 }')
  syncctl settime "@$now"
}
fast_by() { echo "$said" | sed -n 's/^Clock was \(-*[0-9.]*\) seconds fast.*/\1/p'; }
said=$(say_the_time)
judge once_it_sets_the_clock "$said" is_within "$(awk -v f="$(fast_by)" 'BEGIN { print f - 5 }')" 0.2
sleep 5
error=$(error_ns)
judge the_clock_is_set "$error ns" is_within "$error" 300000000
before=$(kernel_ppm)
judge and_tells_no_rate "$before ppm" is_within "$before" 1
sleep 86400
said=$(say_the_time)
judge a_day_of_drift "$said" is_within "$(awk -v f="$(fast_by)" 'BEGIN { print f - 3.456 }')" 0.2
rate=$(echo "$said" | sed -n 's/.*new frequency = \(-*[0-9.]*\)ppm.*/\1/p')
judge twice_it_tells_the_rate "$rate ppm" is_within "$(awk -v r="$rate" 'BEGIN { print r - 40 }')" 2
sleep 5
ppm=$(kernel_ppm)
judge and_the_clock_runs_by_it "$ppm ppm" is_within "$(awk -v r="$ppm" 'BEGIN { print r + 40 }')" 2
sleep 7200
error=$(error_ns)
judge two_hours_later "$error ns" is_within "$error" 300000000
