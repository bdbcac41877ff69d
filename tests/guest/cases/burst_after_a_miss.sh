# `burst` of a server: when an answer is missing, up to three more requests within seconds. Two
# names of one server, asked alike but for that word; then it falls silent. polltarget 1: with the
# default, once in a dozen runs one of them was still asked more often after 4000 s.
begin 40 0.01
ip -n truth address add 192.168.43.103/24 dev eth0
echo "server 192.168.43.101 iburst minpoll 3 maxpoll 6 polltarget 1 burst
server 192.168.43.103 iburst minpoll 3 maxpoll 6 polltarget 1
makestep 1 3" >/etc/meridian/meridian.conf
start clockd ntpd-net
asked() { syncctl -n ntpdata "$1" | sed -n 's/^Total TX *: //p'; }
poll() { syncctl -c -n sources | awk -F, -v name="$1" '$3 == name { print $5 }'; }
true_clock settle 1000000 60
waited=0   # until both are asked once a minute or so
while [ "$(poll 192.168.43.101)$(poll 192.168.43.103)" != 66 ] && [ $waited -lt 4000 ]; do
  sleep 10
  waited=$((waited + 10))
done
judge asked_each_minute "after $waited s" test $waited -lt 4000
ip netns exec truth tc qdisc add dev eth0 root netem loss 100%
# count ADDRESS: how often it is asked in the twenty seconds that begin with its next request
count() {
  first=$(asked "$1")
  now=$first
  while [ "$now" = "$first" ]; do
    sleep 0.5
    now=$(asked "$1")
  done
  sleep 20
  echo $(($(asked "$1") - first))
}
count 192.168.43.101 >/tmp/with &
one=$!
count 192.168.43.103 >/tmp/without
wait $one
judge burst_asks_three_times_more "$(cat /tmp/with) requests" test "$(cat /tmp/with)" = 4
judge without_it_the_next_is_a_minute_later "$(cat /tmp/without) requests" test "$(cat /tmp/without)" = 1
