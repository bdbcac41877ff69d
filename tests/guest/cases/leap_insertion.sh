# A second is inserted, in each mode in a boot of its own: the clock against the truth, the
# kernel's word, and what our server tells its clients, plain and smeared.
# boot: 2026-12-31T23:50:00
# boot: 2026-12-31T23:50:00
# boot: 2026-12-31T23:50:00
# boot: 2026-12-31T23:50:00
# boot: 2026-12-31T23:50:00
. /cases/leap.sh
case $boot in
  1)
    pass_leap insert_system 1 "leapsecmode system"
    judge_all system_clock -4 36 clock_ms -5 5
    judge_values system_extra_second utc "-1 0 1" "23:59:59 23:59:60 00:00:00"
    judge_values system_kernel kernel "-1 0" "INS OOP"
    judge_values system_tai tai "-1 1" "37 38"
    judge_all system_served -4 36 served_ms -5 5
    judge_all system_announced -4 -1 li 1 1
    judge_all system_announced_no_more 0 36 li 0 0
    ;;
  2)
    pass_leap insert_step 1 "leapsecmode step"
    judge_all step_clock_before -4 -1 clock_ms -5 5
    judge_all step_clock_after 0 36 clock_ms -5 5
    judge_values step_kernel kernel "-1 0" "OK OK"
    judge_values step_tai tai "-1 1" "37 38"
    judge_all step_served -4 36 served_ms -5 5
    ;;
  3)
    pass_leap insert_slew 1 "leapsecmode slew" "maxslewrate 100000"
    judge_all slew_clock_before -4 -1 clock_ms -5 5
    judge_all slew_begins 0 0 clock_ms 800 1001
    judge_all slew_is_no_step 1 4 clock_ms 300 999
    judge_all slew_ends 30 36 clock_ms -20 20
    judge_values slew_tai tai "-1 1" "37 38"
    judge_all slew_served -4 36 served_ms -5 5
    ;;
  4)
    pass_leap insert_ignore 1 "leapsecmode ignore"
    judge_all ignore_clock 0 5 clock_ms 990 1010
    judge_values ignore_tai tai "-1 36" "37 37"
    ;;
  5)
    pass_leap insert_smeared 1 "leapsecmode slew" "smoothtime 50000 5000 leaponly"
    judge_all smear_before -4 -1 served_ms -5 5
    # 5000 ppm a second for ten seconds, 50000 ppm for ten, and back: half a second into second T.
    judge_all smear_begins 0 0 served_ms 996 1001
    judge_all smear_gathers_by_the_wander 5 5 served_ms 919.4 929.4   # 1000 - 2.5 * 5.5^2
    judge_all smear_at_the_largest_frequency 12 12 served_ms 619 631  # 750 - 50 * 2.5
    judge_all smear_and_on_at_it 17 17 served_ms 369 381              # 750 - 50 * 7.5
    judge_all smear_slows_by_the_wander 25 25 served_ms 44.6 56.6     # 2.5 * 4.5^2
    judge_all smear_ends 34 36 served_ms -5 5
    judge_all smear_announces_nothing -4 36 li 0 0
    # While it smears, it does not say whose time that is.
    judge_values smear_has_its_own_reference ref "-1 1 15 36" "C0A82B65 7F7F01FF 7F7F01FF C0A82B65"
    ;;
esac
judge_filters "filters_$boot"
