# A laptop is suspended to RAM for twenty seconds, and its clock is 1.7 s wrong afterwards, as an RTC
# makes it. It is measured anew at once, and stepped: the sleep was noticed by both sides.
# sleeps
true_clock begin $truth_begins 40
true_clock set 0.05
/usr/bin/ip netns exec truth true_clock serve &
serving=$!
configure <<END
makestep 1 -1
END
start clockd ntpd-net
seen=$(true_clock settle 5000000 60)
judge synchronised "$seen" test "$seen" != settled_s=never
sleep 5
kill $serving   # the truth cannot answer before it is told how long we slept
wait $serving 2>/dev/null
echo +20 >/sys/class/rtc/rtc0/wakealarm
echo mem >/sys/power/state
slept=$(true_clock slept 1.7 | field slept_s)
/usr/bin/ip netns exec truth true_clock serve &
judge slept "$slept s" is_within "$slept" 25
judge slept_long "$slept s" test "${slept%.*}" -ge 15
error=$(error_ns)
judge woke_up_wrong "$error ns" is_within "$((error + 1700000000))" 300000000
seen=$(true_clock settle 5000000 60)
judge settles_again "$seen after waking" test "$seen" != settled_s=never
took=$(echo "$seen" | field settled_s)
judge soon "$took s" is_within "$took" 20
said=$(grep 'asleep: measuring anew' /var/log/ntpd-net.log)
judge network_side_noticed "$said" test -n "$said"
said=$(grep 'slept for' /var/log/clockd.log)
judge clock_side_noticed "$said" test -n "$said"
said=$(sed -n 's/^[^ ]* //p' /var/log/clockd.log | grep -E 'slept|stepped' | cut -d' ' -f1-2 | tr '\n' ',')
judge clock_side_noticed_first "$said" test "$said" = "The machine,System clock,"
