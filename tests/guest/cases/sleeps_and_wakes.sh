# A machine sleeps for five minutes; its clock is 1.7 s wrong afterwards, as the RTC made it. It is
# measured anew at once, and stepped: the sleep was noticed by both sides.
true_clock begin $truth_begins 40
true_clock set 0.0005
ip netns exec truth true_clock serve &
serving=$!
configure <<END
makestep 1 -1
END
start clockd ntpd-net
seen=$(true_clock settle 1000000 60)
judge synchronised "$seen" test "$seen" != settled_s=never
sleep 30
echo 0 >/sys/class/rtc/rtc0/wakealarm
echo +300 >/sys/class/rtc/rtc0/wakealarm
echo freeze >/sys/power/state
kill $serving
slept=$(true_clock slept 1.7 | field slept_s)
ip netns exec truth true_clock serve &
judge slept "$slept s" test "${slept%.*}" -ge 290
error=$(error_ns)
judge woke_up_wrong "$error ns" is_within "$((error + 1700000000))" 1100000000
seen=$(true_clock settle 1000000 60)
judge settles_again "$seen after waking" test "$seen" != settled_s=never
took=$(echo "$seen" | field settled_s)
judge soon "$took s" is_within "$took" 20
judge network_side_noticed "$(grep -c 'asleep: measuring anew' /var/log/ntpd-net.log)" grep -q 'asleep: measuring anew' /var/log/ntpd-net.log
judge clock_side_noticed "$(grep 'slept for' /var/log/clockd.log)" grep -q 'slept for' /var/log/clockd.log
