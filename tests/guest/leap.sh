# What the cases of leap seconds share: a leap that is root's (leapseclist) and that the truth's
# server announces too, passed in one mode and told second by second.
leap=1798761600   # 2027-01-01 00:00:00

# leap_list CHANGE: the real offsets at made-up dates, then the leap; it expires in 2036.
leap_list() {
  awk -v change="$1" -v leap="$leap" 'BEGIN {
    print "#@ 4291747200"
    for (tai = 10; tai <= 37; ++tai) print 2272060800 + (tai - 10) * 31536000, tai
    print leap + 2208988800, 37 + change }' >/etc/leap.list
}

# pass_leap NAME CHANGE [LINE...]: prints a row a second, and leaves the rows in /tmp/rows.
pass_leap() {
  name=$1 change=$2
  shift 2
  leap_list "$change"
  true_clock begin $((leap - 60)) 40 $leap "$change"
  true_clock set 0.0005
  ip netns exec truth true_clock serve &
  { echo "server 192.168.43.101 iburst minpoll 2 maxpoll 4
makestep 1 3
leapseclist /etc/leap.list
allow 192.168.43.0/24"; for line in "$@"; do echo "$line"; done; } >/etc/meridian/meridian.conf
  chmod 644 /etc/meridian/meridian.conf /etc/leap.list
  start clockd ntpd-net
  true_clock leap -4 36 192.168.43.102 >/tmp/rows
  { echo "$name: $*"; cat /tmp/rows; } | sed 's/^/TABLE /; p; s/^TABLE/SHOW/'
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
judge_values() {   # judge_values NAME FIELD "T..." "VALUE..."
  seen=$(for t in $3; do printf '%s ' "$(value "$t" "$2")"; done)
  judge "$1" "$2 at $3: $seen" test "$seen" = "$4 "
}
