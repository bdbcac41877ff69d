# What every case uses: the truth, the suite under its real users and filters, and verdicts.
# `pass`/`fail` print the RESULT lines that tests/guest/run reads; a case that prints none failed.

# busybox's shell prefers its own applets; these are the real ones.
ip() { /usr/bin/ip "$@"; }
tc() { /usr/bin/tc "$@"; }
setpriv() { /usr/bin/setpriv "$@"; }

truth_begins=1795593600   # 2026-11-25 08:00:00 UTC; the RTC starts a little earlier

# begin PPM ERROR: the truth starts now; the guest's oscillator is PPM fast, its clock ERROR s ahead.
begin() {
  true_clock begin $truth_begins "$1"
  true_clock set "$2"
  ip netns exec truth true_clock serve &
}
# A true pulse, two cards and a hardware clock, see true_hardware.c. REQUIRES: begin 40.
plug_in() {
  read -r utc raw rest </run/truth
  insmod /root/true_hardware.ko utc="$utc" raw="$raw" ppb=40000
}
lan_delay() { tc qdisc add dev eth0 root netem delay "$1" "$2"; ip netns exec truth tc qdisc add dev eth0 root netem delay "$1" "$2"; }

configure() {
  { echo "server 192.168.43.101 iburst"; cat; } >/etc/meridian/meridian.conf
  chmod 644 /etc/meridian/meridian.conf
}
start() {   # start PROGRAM...: in the background, log in /var/log/PROGRAM.log, pid in $PROGRAM_pid
  for name in "$@"; do
    "$name" -d >>"/var/log/$name.log" 2>&1 &
    eval "$(echo "$name" | tr - _)_pid=$!"
  done
}
start_chronyd() {
  mkdir -p -m 700 /run/chrony
  echo "server 192.168.43.101 iburst
$1
user root
cmdport 0
bindcmdaddress /run/chrony/chronyd.sock
pidfile /run/chrony/pid" >/etc/chrony.conf
  chronyd -d -f /etc/chrony.conf >/var/log/chronyd.log 2>&1 &
  chronyd_pid=$!
}
children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
role_of() { tr '\0' ' ' <"/proc/$1/cmdline" | sed -n 's/.*--role[ =]\([a-z]*\).*/\1/p'; }
role_pid() {   # role_pid ROLE: the pid of that role of ntpd-net
  for pid in $(children_of "$ntpd_net_pid"); do
    [ "$(role_of "$pid")" = "$1" ] && echo "$pid" && return
  done
}
field() { sed -n "s/.*\<$1=\([-0-9.a-fx]*\).*/\1/p"; }   # field NAME <line: its value
error_ns() { true_clock error | field error_ns; }
kernel_ppm() { true_clock error | field ppm; }
kernel_tai() { true_clock error | field tai; }
is_within() { awk -v x="$1" -v most="$2" 'BEGIN { if (x < 0) x = -x; exit !(x <= most) }'; }   # is_within X MOST
carry() { for path in "$@"; do echo "CARRY $path $(base64 -w 0 "$path")"; done; }   # into the next boot
killed_by_filter() { dmesg | grep -c 'type=1326'; }

show_logs() { for log in /var/log/*.log; do echo "--- $log"; tail -n 25 "$log"; done; }
pass() { echo "RESULT $1 PASS $2"; }
fail() { echo "RESULT $1 FAIL $2"; show_logs; }
judge() { name=$1 detail=$2; shift 2; if "$@"; then pass "$name" "$detail"; else fail "$name" "$detail"; fi; }
judge_filters() { judge "$1" "$(killed_by_filter) processes died by a filter" test "$(killed_by_filter)" = 0; }
