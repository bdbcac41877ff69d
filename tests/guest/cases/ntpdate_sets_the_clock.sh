# ntpdate steps 3 s, slews 30 ms, prints the classic lines, and -q needs no privilege.
begin 10 -3.0
ip link set lo up
text=$(ntpdate 192.168.43.101 2>&1)
judge steps "$text" eval 'echo "$text" | grep -Eq "ntpdate\[[0-9]+\]: step time server 192.168.43.101 offset [+](3\.0|2\.9)[0-9]{5} sec$"'
judge stepped "$(true_clock error)" is_within "$(error_ns)" 5000000
true_clock set 0.03
text=$(ntpdate 192.168.43.101 2>&1)
judge adjusts "$text" eval 'echo "$text" | grep -Eq "ntpdate\[[0-9]+\]: adjust time server 192.168.43.101 offset -0\.0[0-9]{5} sec$"'
seen=$(true_clock settle 2000000 120)
judge slewed "$seen" test "$seen" != settled_s=never
before=$(error_ns)
text=$(setpriv --reuid 65534 --regid 65534 --clear-groups ntpdate -q 192.168.43.101 2>&1)
judge queries_without_privilege "$text" eval 'echo "$text" | grep -q "^server 192.168.43.101, stratum 1, offset "'
text=$(setpriv --reuid 65534 --regid 65534 --clear-groups ntpdate -u 192.168.43.101 2>&1); code=$?
judge says_that_it_may_not "exit $code: $text" eval 'test $code = 1 && echo "$text" | grep -Eq "ntpdate\[[0-9]+\]: .*not permitted"'
text=$(ntpdate -q 192.168.43.55 2>&1); code=$?
judge says_no_server "exit $code: $text" eval 'test $code = 1 && echo "$text" | grep -q "no server suitable for synchronization found"'
judge nobody_died_by_a_filter "$(killed_by_filter) in the kernel's log" test "$(killed_by_filter)" = 0
