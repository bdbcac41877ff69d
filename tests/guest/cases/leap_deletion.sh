# A second is removed, in each mode in a boot of its own: the clock against the truth, the
# kernel's word, and what our server tells its clients.
# boot: 2026-12-31T23:50:00
# boot: 2026-12-31T23:50:00
# boot: 2026-12-31T23:50:00
# boot: 2026-12-31T23:50:00
. /cases/leap.sh
case $boot in
  1)
    pass_leap delete_system -1 "leapsecmode system"
    judge_all system_clock -4 36 clock_ms -5 5
    judge_values system_skips utc "-1 0" "23:59:58 00:00:00"
    judge_values system_kernel kernel "-1 0" "DEL WAIT"
    judge_values system_tai tai "-1 1" "37 36"
    judge_all system_served -4 36 served_ms -5 5
    judge_all system_announced -4 -1 li 2 2
    judge_all system_announced_no_more 0 36 li 0 0
    ;;
  2)
    pass_leap delete_step -1 "leapsecmode step"
    judge_all step_clock -4 36 clock_ms -5 5
    judge_values step_kernel kernel "-1 0" "OK OK"
    judge_values step_tai tai "-1 1" "37 36"
    judge_all step_served -4 36 served_ms -5 5
    ;;
  3)
    pass_leap delete_slew -1 "leapsecmode slew" "maxslewrate 100000"
    judge_all slew_clock_before -4 -1 clock_ms -5 5
    judge_all slew_begins 0 0 clock_ms -1001 -800
    judge_all slew_is_no_step 1 4 clock_ms -999 -300
    judge_all slew_ends 30 36 clock_ms -20 20
    judge_values slew_tai tai "-1 1" "37 36"
    judge_all slew_served -4 36 served_ms -5 5
    ;;
  4)
    pass_leap delete_ignore -1 "leapsecmode ignore"
    judge_all ignore_clock 0 5 clock_ms -1010 -990
    judge_values ignore_tai tai "-1 36" "37 37"
    ;;
esac
judge_filters "filters_$boot"
