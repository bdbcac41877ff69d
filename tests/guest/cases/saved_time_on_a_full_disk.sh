# A full disk costs rtcd nothing that it had: the page of the saved time was reserved at the start.
# Where there was no room from the start, one line says so and everything else goes on.
mkdir -p /tiny /none
mount -t tmpfs -o size=32k tmpfs /tiny
mount -t tmpfs -o size=4k tmpfs /none
# Not earlier: the kernel sets no clock to before its own start.
forget_the_time() { date -u -s '1970-01-01 05:00:00' >/dev/null && [ "$(date -u +%Y)" = 1970 ]; }
fill() { dd if=/dev/zero of="$1/rest" bs=4k 2>/dev/null; }
configure <<END
rtconutc
END
date -u -s '2026-11-25 08:30:00' >/dev/null
rtcd -d --statedir /tiny --rundir /run/a >/var/log/tiny.log 2>&1 &
tiny=$!
sleep 5
fill /tiny
before=$(md5sum </tiny/rtcd/clock)
sleep 1400   # two more saves
after=$(md5sum </tiny/rtcd/clock)
judge saved_on_a_full_disk "$(df /tiny | tail -1)" test "$before" != "$after"
kill -9 $tiny
forget_the_time
rtcd --once -d --device /dev/none --statedir /tiny >/var/log/tiny2.log 2>&1
now=$(date -u +%s) least=$((1795595400 + 1300))
judge never_before_the_last_save "$now, at least $least" test "$now" -ge $least -a "$now" -le $((least + 200))
fill /none
rtcd -d --device /dev/none --statedir /none --rundir /run/b >/var/log/none.log 2>&1 &
none=$!
sleep 1400
judge no_room_is_one_line "$(cat /var/log/none.log)" test "$(grep -c 'cannot be saved' /var/log/none.log)" = 1
judge and_it_lives "$none" kill -0 $none
# Torn in the middle of a write: the older of the two slots is whole.
dd if=/dev/urandom of=/tiny/rtcd/clock bs=1 count=24 conv=notrunc seek=2068 2>/dev/null
forget_the_time
rtcd --once -d --device /dev/none --statedir /tiny >/var/log/torn.log 2>&1
now=$(date -u +%s) least=$((1795595400 + 600))
judge a_torn_slot_costs_one_save "$now, at least $least" test "$now" -ge $least -a "$now" -lt $((1795595400 + 1300))
