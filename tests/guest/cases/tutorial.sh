# What `make run GUEST=1` shows: a real clock, 3 s wrong and 40 ppm fast, set right and held.
say() { echo "SHOW $*"; }
show() { say; say "guest# $*"; "$@" 2>&1 | sed 's/^/SHOW /'; }
begin 40 3.0
lan_delay 100us 20us
say "A virtual machine with a clock of its own: 3 s ahead of the truth, 40 ppm fast."
show true_clock error
configure <<END
makestep 1 3
driftfile /var/lib/drift
END
say
say "Its configuration:"
sed 's/^/SHOW     /' /etc/meridian/meridian.conf
start clockd ntpd-net rtcd
seen=$(true_clock settle 1000000 60)
say
say "Started clockd, ntpd-net and rtcd under their own users and filters; within 1 ms: $seen"
sleep 60
for words in sources sourcestats tracking activity; do show syncctl -n $words; done
show ntpdate -q 192.168.43.101
show true_clock error
watched=$(true_clock watch 120 1)
say
say "Two more minutes, seen from outside: $watched"
grep -h 'System clock' /var/log/*.log | sed 's/^/SHOW /'
judge tutorial_holds "$watched" is_within "$(echo "$watched" | field worst_ns)" 1000000
say
say "Shown: a real clock stepped once, its rate learnt ($(kernel_ppm) ppm), then held within $(echo "$watched" | field worst_ns) ns of the truth."
