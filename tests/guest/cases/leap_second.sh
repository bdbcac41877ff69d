# A leap second that the kernel inserts, second by second: the clock against the truth, the kernel's
# word, and what our server tells its clients. The leap is root's (leapseclist), the
# truth's server announces it too.
leap=1798761600   # 2027-01-01 00:00:00

# leap_list CHANGE: the real offsets at made-up dates, then the leap; it expires in 2036.
leap_list() {
  awk -v change="$1" -v leap="$leap" 'BEGIN {
    print "#@ 4291747200"
    for (tai = 10; tai <= 37; ++tai) print 2272060800 + (tai - 10) * 31536000, tai
    print leap + 2208988800, 37 + change }' >/etc/leap.list
}

# pass_leap NAME CHANGE [LINE...]: leaves the rows in /tmp/rows, and shows them.
pass_leap() {
  name=$1 change=$2
  shift 2
  leap_list "$change"
  rm -rf /var/lib/meridian /var/log/*.log
  true_clock begin $((leap - 120)) 40 $leap "$change"
  true_clock set 0.0005
  ip netns exec truth true_clock serve &
  serving=$!
  { echo "server 192.168.43.101 iburst minpoll 2 maxpoll 4
makestep 1 3
leapseclist /etc/leap.list
allow 192.168.43.0/24"; for line in "$@"; do echo "$line"; done; } >/etc/meridian/meridian.conf
  chmod 644 /etc/meridian/meridian.conf /etc/leap.list
  start clockd ntpd-net
  true_clock leap -4 36 192.168.43.102 >/tmp/rows
  echo "SHOW "
  echo "SHOW $name: $*"
  sed 's/^/SHOW /' /tmp/rows
  sed 's/^/ROW /' /tmp/rows
  kill "$clockd_pid" "$ntpd_net_pid" $serving
  wait "$clockd_pid" "$ntpd_net_pid" $serving 2>/dev/null
}
# value T NAME: the field NAME of the row of second T
value() { awk -v t="t=$1" -v name="$2" '$1 == t { for (i = 2; i <= NF; ++i) if (split($i, f, "=") == 2 && f[1] == name) print f[2] }' /tmp/rows; }
# all FROM TO NAME LEAST MOST: every row's field lies between; a row that is missing does not
all() {
  awk -v from="$1" -v to="$2" -v name="$3" -v least="$4" -v most="$5" '
    { t = substr($1, 3) + 0; if (t < from || t > to) next
      for (i = 2; i <= NF; ++i) if (split($i, f, "=") == 2 && f[1] == name) { ++seen; if (f[2] < least || f[2] > most) bad = 1 } }
    END { exit !(seen == to - from + 1 && !bad) }' /tmp/rows
}
judge_all() { name=$1; shift; judge "$name" "$*" all "$@"; }

pass_leap insert_system 1 "leapsecmode system"
judge_all system_clock -4 36 clock_ms -5 5
judge system_extra_second "$(value 0 utc)" test "$(value 0 utc)" = 23:59:60
judge system_kernel "$(value -1 kernel) $(value 0 kernel)" test "$(value -1 kernel) $(value 0 kernel)" = "INS OOP"
judge system_tai "$(value -1 tai) $(value 1 tai)" test "$(value -1 tai) $(value 1 tai)" = "37 38"
judge_all system_served -4 36 served_ms -5 5
judge_all system_announced -4 -1 li 1 1
judge_all system_announced_no_more 0 36 li 0 0

judge nobody_died_by_a_filter "$(killed_by_filter)" test "$(killed_by_filter)" = 0
