# A clock 3 s wrong and 40 ppm fast is stepped once, by policy, and then held within 1 ms.
begin 40 3.0
lan_delay 100us 20us
configure <<END
makestep 1 3
driftfile /var/lib/drift
END
start clockd ntpd-net
seen=$(true_clock settle 1000000 60)
judge settles "within 1 ms: $seen" test "$seen" != settled_s=never
seen=$(true_clock watch 300 1)
judge holds "$seen" is_within "$(echo "$seen" | field worst_ns)" 1000000
steps=$(cat /var/log/*.log | grep -c 'System clock was stepped by')
judge stepped_once "$steps step(s) in the log" test "$steps" = 1
jumps=$(echo "$seen" | field jumps)
judge no_later_jump "$jumps jump(s) seen from outside" test "$jumps" = 0
ppm=$(kernel_ppm)
judge learnt_the_rate "the kernel runs at $ppm ppm" is_within "$(awk -v x="$ppm" 'BEGIN { print x + 40 }')" 1
judge says_synchronised "$(true_clock error)" test "$(true_clock error | field unsync)" = 0
