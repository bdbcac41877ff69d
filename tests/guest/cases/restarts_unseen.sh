# ntpd-net (or its client) and clockd, each ended and killed: nobody can tell it from the clock.
begin 25 0.2
lan_delay 100us 20us
configure <<END
makestep 1 3
driftfile /var/lib/drift
dumpdir /run/meridian-dumps
END
mkdir -m 700 /run/meridian-dumps
chown ntpd-net /run/meridian-dumps
start clockd ntpd-net
seen=$(true_clock settle 1000000 120)
judge settles "within 1 ms: $seen" test "$seen" != settled_s=never
sleep 14400   # until the base of the path is known
before=$(true_clock watch 1800 1)
usual=$(echo "$before" | field worst_ns)
judge holds "$before" is_within "$usual" 1000000

# judge_unseen NAME: for half an hour nowhere further off than usual, by a half of the path's delay.
judge_unseen() {
  seen=$(true_clock watch 1800 1)
  judge "$1_worst" "$seen, before $usual" is_within "$(echo "$seen" | field worst_ns)" $((${usual#-} + 50000))
}
end() {   # end SIGNAL PID: and wait until it is gone
  kill "-$1" "$2"
  while [ -d "/proc/$2" ]; do sleep 0.1; done
}

end TERM "$ntpd_net_pid"
ntpd-net -d -r >>/var/log/ntpd-net.log 2>&1 &
ntpd_net_pid=$!
judge_unseen client_ended
judge takes_up "$(grep 'Measurements of the last run' /var/log/ntpd-net.log)" grep -q 'Measurements of the last run' /var/log/ntpd-net.log

kill -9 "$(role_pid client)"   # the supervisor starts it again
judge_unseen client_killed

end TERM "$clockd_pid"
sleep 10
start clockd
judge_unseen clockd_ended

end 9 "$clockd_pid"
sleep 10
start clockd
judge_unseen clockd_killed
judge_filters filters
