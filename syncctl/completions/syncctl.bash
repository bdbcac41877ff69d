# bash completion for syncctl (our package calls it chronyc, too): options from here, commands and
# their words from the program.
_syncctl() {
  local current=${COMP_WORDS[COMP_CWORD]} first=1
  # Options end at the first command word; some take a value.
  while ((first < COMP_CWORD)); do
    case ${COMP_WORDS[first]} in
      -h|-p|-u|-t|-f|--host|--port|--user|--timeout|--rundir) ((first += 2)) ;;
      -*) ((first += 1)) ;;
      *) break ;;
    esac
  done
  if ((first >= COMP_CWORD)) && [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '-4 -6 -n -N -c -j -e -m -h -p -t -u -v --json --host
      --port --timeout --user --rundir --version --help' -- "$current")
    return
  fi
  ((first > COMP_CWORD)) && return  # the value of an option
  mapfile -t COMPREPLY < <(syncctl --complete "${COMP_WORDS[*]:first}" 2>/dev/null)
}
complete -F _syncctl syncctl chronyc
