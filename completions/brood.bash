# SPDX-License-Identifier: MIT
# bash completion for brood. Needs nothing else; with bash-completion the target's own arguments are completed, too.

_brood_launch_options='--name --label --method --daemon --no-daemon --parent --cwd --env-file --env --unset --clear-env --stdin --stdout --stderr
  --pass-fd --umask --nice --limit --timeout --stop-signal --grace --orphans --authkey-file'

# The options of a command; without one, the global options.
_brood_options() { # [COMMAND]
  case $1 in
    '') echo '-h --help --version --state-dir --json -q --quiet -v --verbose --color' ;;
    run) echo "$_brood_launch_options --keep" ;;
    start) echo "$_brood_launch_options --split-logs --inherit-fds --unique --replace --reuse --job" ;;
    create) echo "$_brood_launch_options --split-logs --inherit-fds" ;;
    join) echo '-t --timeout --all' ;;
    wait) echo '--any --all --count -t --timeout --for' ;;
    status) echo '--field --children --tree --all' ;;
    terminate) echo '--grace --target-only --all --authkey-file' ;;
    kill) echo '-s --signal --target-only --all --authkey-file' ;;
    restart) echo '--grace --all --authkey-file' ;;
    close) echo '--ended --older-than --all' ;;
    start-method) echo '--all' ;;
    forkserver) echo '--idle --force' ;;
    logs) echo '-f --follow -n --lines --stdout --stderr --all' ;;
    rename) echo '--authkey-file' ;;
    authkey) echo '--new' ;;
  esac
}

_brood_takes_value() { # COMMAND OPTION
  case $1:$2 in
    logs:--stdout | logs:--stderr) false ;;
    *:--state-dir | *:--color | *:--name | *:--label | *:--method | *:--parent | *:--cwd | *:--env-file | *:--env | *:--unset) ;;
    *:--stdin | *:--stdout | *:--stderr | *:--pass-fd | *:--umask | *:--nice | *:--limit | *:--timeout) ;;
    *:--stop-signal | *:--grace | *:--orphans | *:--job | *:--count | *:--for | *:--field | *:--signal) ;;
    *:--older-than | *:--idle | *:--lines | *:--authkey-file | join:-t | wait:-t | kill:-s | logs:-n) ;;
    *) false ;;
  esac
}

# Ids and names of the jobs in the states that the pattern matches. A name that the table had to cut is left out.
_brood_jobs() { # PROGRAM STATE-DIR PATTERN
  "$1" ${2:+--state-dir "$2"} status 2>/dev/null </dev/null | awk -F '  +' -v wanted="$3" '
    NR > 1 {
      nameless = $2 == "damaged" && $3 == "-"
      if ((nameless ? $2 : $3) !~ wanted) next
      print $1
      if (!nameless && $2 !~ /…$/ && !seen[$2]++) print $2
    }' 2>/dev/null
}

# Candidates that begin with what has been typed, one a line.
_brood_offer() { # TYPED CANDIDATE...
  local typed=$1 word
  shift
  for word; do
    [[ $word == "$typed"* ]] && COMPREPLY+=("$word")
  done
}

# Where a plain number would be a process, a job's id is to be marked as such.
_brood_offer_jobs() { # PROGRAM STATE-DIR PATTERN TYPED [id]
  local job jobs=()
  mapfile -t jobs < <(_brood_jobs "$1" "$2" "$3")
  [[ ${BROOD_JOB-} ]] && jobs+=(@self @parent)
  for job in "${jobs[@]}"; do
    [[ ${5-} && $job =~ ^[0-9]+$ ]] && job=job:$job
    printf -v job %q "$job"
    _brood_offer "$4" "$job"
  done
}

_brood_offer_value() { # PROGRAM STATE-DIR COMMAND OPTION TYPED
  local typed=$5 words
  case $4 in
    --state-dir | --cwd)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$typed")
      ;;
    --env-file | --authkey-file | --stdin | --stdout | --stderr)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$typed")
      ;;
    --color) _brood_offer "$typed" auto always never ;;
    --method) _brood_offer "$typed" fork spawn forkserver ;;
    --orphans) _brood_offer "$typed" leave wait terminate ;;
    --for) _brood_offer "$typed" ended created running stopping exited orphaned lost ;;
    --field)
      _brood_offer "$typed" version id name identity state pid exitcode signal core_dumped lost reason daemon start_method \
        target cwd labels created_at started_at ended_at timeout orphans rusage parent monitor_pid pid_start_time \
        pid_inode boot_id pid_namespace host sentinel logs
      ;;
    --limit)
      [[ $typed == *=* ]] && return
      compopt -o nospace 2>/dev/null
      _brood_offer "$typed" as= core= cpu= data= fsize= locks= memlock= msgqueue= nice= nofile= nproc= rss= rtprio= \
        rttime= sigpending= stack=
      ;;
    --env)
      [[ $typed == *=* ]] && return
      compopt -o nospace 2>/dev/null
      mapfile -t words < <(compgen -e -S = -- "$typed")
      COMPREPLY+=("${words[@]}")
      ;;
    --unset) mapfile -t COMPREPLY < <(compgen -e -- "$typed") ;;
    --stop-signal | -s | --signal)
      mapfile -t words < <(compgen -A signal SIG)
      [[ $typed == SIG* ]] || words=("${words[@]#SIG}")
      _brood_offer "$typed" "${words[@]}"
      ;;
    --job) _brood_offer_jobs "$1" "$2" '^created' "$typed" ;;
    --parent) _brood_offer_jobs "$1" "$2" '^[a-z]+' "$typed" id ;;
  esac
}

_brood_offer_positional() { # PROGRAM STATE-DIR COMMAND NUMBER TYPED
  local live='^(running|restarting|stopping|orphaned)|[+]' over='^(created|exited|lost|damaged)' any='^[a-z]+'
  case $3:$4 in
    is-alive:1 | rename:1) _brood_offer_jobs "$1" "$2" "$any" "$5" ;;
    start-method:1) _brood_offer "$5" fork spawn forkserver ;;
    forkserver:1) _brood_offer "$5" start status stop ;;
    is-alive:* | rename:* | start-method:* | forkserver:* | authkey:*) ;;
    terminate:* | kill:*) _brood_offer_jobs "$1" "$2" "$live" "$5" ;;
    close:*) _brood_offer_jobs "$1" "$2" "$over" "$5" ;;
    *) _brood_offer_jobs "$1" "$2" "$any" "$5" ;;
  esac
}

# The target with its arguments, which begins at this place of COMP_WORDS.
_brood_target() { # PLACE TYPED
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  else
    compopt -o filenames 2>/dev/null
    if ((COMP_CWORD == $1)); then
      mapfile -t COMPREPLY < <(compgen -c -- "$2")
    else
      mapfile -t COMPREPLY < <(compgen -f -- "$2")
    fi
  fi
}

_brood() {
  local program=${1/#\~/$HOME} raw=$2
  [[ $raw =~ ^[=:]+$ ]] && raw=''
  COMPREPLY=()

  # COMP_WORDS is split at = and : as well; here are the words as brood will see them, and where each begins.
  local words=() places=() word glued='' i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((i > 0)) && [[ $glued || $word =~ ^[=:]+$ ]]; then
      words[-1]+=$word
      glued=''
      [[ $word =~ ^[=:]+$ ]] && glued=yes
    else
      words+=("$word")
      places+=("$i")
    fi
  done

  # What the words before the last one say.
  local command='' state_dir='' option='' positionals=0 ended='' last=$((${#words[@]} - 1))
  for ((i = 1; i < last; i++)); do
    word=${words[i]}
    if [[ $option ]]; then
      [[ $option == --state-dir ]] && state_dir=${word/#\~/$HOME}
      option=''
    elif [[ ! $ended && $word == -- ]]; then
      ended=yes
    elif [[ ! $ended && $word == --*=* ]]; then
      [[ $word == --state-dir=* ]] && state_dir=${word#*=}
    elif [[ ! $ended && $word == -?* ]]; then
      _brood_takes_value "$command" "$word" && option=$word
    elif [[ ! $command ]]; then
      command=$word
    elif [[ $command == run || $command == start || $command == create ]]; then
      _brood_target "${places[i]}" "$raw"
      return
    else
      ((++positionals))
    fi
  done

  local typed=${words[last]}
  if [[ ! $option && ! $ended && $typed == --*=* ]]; then
    option=${typed%%=*}
    typed=${typed#*=}
    _brood_takes_value "$command" "$option" || return
  fi
  if [[ $option ]]; then
    _brood_offer_value "$program" "$state_dir" "$command" "$option" "$typed"
  elif [[ ! $ended && $typed == -* ]]; then
    # shellcheck disable=SC2046  # they are words
    _brood_offer "$typed" $(_brood_options "$command")
    # shellcheck disable=SC2046
    [[ $command ]] && _brood_offer "$typed" $(_brood_options)
  elif [[ ! $command ]]; then
    _brood_offer "$typed" run start create join wait status is-alive terminate kill restart close logs rename forkserver start-method authkey
  elif [[ $command == run || $command == start || $command == create ]]; then
    _brood_target "${places[last]}" "$raw"
    return
  else
    _brood_offer_positional "$program" "$state_dir" "$command" $((positionals + 1)) "$typed"
  fi

  # bash replaces only what stands behind the last = or : of the word.
  local before=${typed%"$raw"}
  [[ $before && $typed == "$before$raw" ]] && COMPREPLY=("${COMPREPLY[@]#"$before"}")
}

complete -F _brood brood
