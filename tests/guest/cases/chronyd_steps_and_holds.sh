# The guest itself is a fair judge: Debian's chronyd, 3 s wrong and 40 ppm fast, must pass.
begin 40 3.0
start_chronyd "makestep 1 3"
seen=$(true_clock settle 1000000 60)
judge chronyd_settles "within 1 ms: $seen" test "$seen" != settled_s=never
seen=$(true_clock watch 300 2)
judge chronyd_holds "$seen" is_within "$(echo "$seen" | field worst_ns)" 1000000
true_clock error
