# SPDX-License-Identifier: MIT
# fish completion for brood.

# What the words before the cursor say: "command NAME", "option NAME" if one waits for its value, "target PLACE" where
# the target begins, "positionals N", "state_dir DIR".
function __brood_scan
    set -l words (commandline -opc)
    set -l command ''
    set -l option ''
    set -l ended no
    set -l positionals 0
    set -l i 2
    while test $i -le (count $words)
        set -l word $words[$i]
        if test -n "$option"
            test "$option" = --state-dir
            and printf 'state_dir %s\n' $word
            set option ''
        else if test $ended = no; and test "$word" = --
            set ended yes
            if contains -- "$command" run start create
                printf 'target %s\n' (math $i + 1)
                break
            end
        else if test $ended = no; and string match -qr -- '^--[^=]*=' $word
            string match -q -- '--state-dir=*' $word
            and printf 'state_dir %s\n' (string replace -- --state-dir= '' $word)
        else if test $ended = no; and string match -q -- '-?*' $word
            __brood_takes_value "$command" $word
            and set option $word
        else if test -z "$command"
            set command $word
        else if contains -- $command run start create
            printf 'target %s\n' $i
            break
        else
            set positionals (math $positionals + 1)
        end
        set i (math $i + 1)
    end
    printf 'command %s\n' $command
    printf 'option %s\n' $option
    printf 'positionals %s\n' $positionals
end

function __brood_takes_value # COMMAND OPTION
    switch $argv[1]:$argv[2]
        case logs:--stdout logs:--stderr
            return 1
        case join:-t wait:-t kill:-s logs:-n
            return 0
    end
    contains -- $argv[2] --state-dir --color --name --label --method --parent --cwd --env-file --env --unset --stdin --stdout \
        --stderr --pass-fd --umask --nice --limit --timeout --stop-signal --grace --orphans --job --count --for \
        --field --authkey-file --signal --older-than --idle --lines
end

# The cursor is where the command, or options of one of these commands, may stand.
function __brood_in # [COMMAND...]
    set -l scan (__brood_scan)
    string match -q 'target *' $scan
    and return 1
    set -l command (string replace -f 'command ' '' $scan)
    if test -z "$argv"
        test -z "$command"
    else
        contains -- "$command" $argv
    end
end

function __brood_launches
    contains -- (string replace -f 'command ' '' (__brood_scan)) run start create
end

function __brood_before_target
    not string match -q 'target *' (__brood_scan)
end

# The cursor is where the Nth JOB (any, without a number) of one of these commands may stand.
function __brood_wants_job # COMMAND...
    set -l scan (__brood_scan)
    contains -- (string replace -f 'command ' '' $scan) $argv
    and not contains -- (string replace -f 'command ' '' $scan)(string replace -f positionals '' $scan) \
        'is-alive 1' 'rename 1' 'rename 2'
end

# Jobs in the states that the pattern matches, by id and by name. A name that the table had to cut is left out.
function __brood_jobs # PATTERN
    set -l command (commandline -opc)[1]
    set -l state_dir (string replace -f 'state_dir ' '' (__brood_scan))
    test -n "$state_dir"
    and set -a command --state-dir (string replace -r '^~' $HOME $state_dir[-1])
    command $command status 2>/dev/null </dev/null | awk -F '  +' -v wanted=$argv[1] '
        NR > 1 {
            nameless = $2 == "damaged" && $3 == "-"
            state = nameless ? $2 : $3
            if (state !~ wanted) next
            print $1 "\t" (nameless ? "" : $2 ", ") state
            if (!nameless && $2 !~ /…$/ && !seen[$2]++) print $2 "\t" $1 ", " state
        }' 2>/dev/null
    if set -q BROOD_JOB
        printf '%s\n' @self\t'the job around this shell' @parent\t'the job that started it'
    end
end

# Where a plain number would be a process, a job's id is to be marked as such.
function __brood_parents
    __brood_jobs '^[a-z]+' | string replace -r '^([0-9]+)(?=\t)' 'job:$1'
end

# The command to run, and its own completions.
function __brood_target
    set -l place (string replace -f 'target ' '' (__brood_scan))
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    if test -z "$place"
        string match -q -- '-*' $typed
        and return
        set words
    else if test $place -le (count $words)
        set words $words[$place..-1]
    else
        set words
    end
    complete -C (string join ' ' -- (string escape -- $words) $typed)
end

function __brood_signals
    set -l names (kill -l 2>/dev/null | string split -n ' ' | string match -r '^[A-Z]+[0-9]*$')
    string match -q 'SIG*' (string replace -r '^.*=' '' -- (commandline -ct))
    and set names SIG$names
    printf '%s\n' $names
end

function __brood_variables # [SUFFIX]
    printf "%s$argv[1]\n" (set --names --export)
end

complete -c brood -f

# Global options
complete -c brood -n __brood_before_target -s h -l help -d 'Print help and exit'
complete -c brood -n __brood_in -l version -d 'Print the version and exit'
complete -c brood -n __brood_before_target -l state-dir -x -d 'Where jobs are recorded' \
    -a '(__fish_complete_directories)'
complete -c brood -n __brood_before_target -l json -d 'Print JSON'
complete -c brood -n __brood_before_target -s q -l quiet -d 'Print no progress and no hints'
complete -c brood -n __brood_before_target -s v -l verbose -d 'Say on stderr what is being done'
complete -c brood -n __brood_before_target -l color -x -a 'auto always never' -d 'Colour the output'

# Commands
complete -c brood -n __brood_in -a run -d 'Run a command in the foreground and exit as it does'
complete -c brood -n __brood_in -a start -d 'Start a command in the background and print its id'
complete -c brood -n __brood_in -a create -d 'Record a job without starting it, and print its id'
complete -c brood -n __brood_in -a join -d 'Wait until jobs have ended, and exit with their status'
complete -c brood -n __brood_in -a wait -d 'Wait for jobs and print each id as it is ready'
complete -c brood -n __brood_in -a status -d 'Show jobs'
complete -c brood -n __brood_in -a is-alive -d 'Exit with 0 if a job is alive, else 1'
complete -c brood -n __brood_in -a terminate -d 'End jobs, politely first, and wait until they are gone'
complete -c brood -n __brood_in -a kill -d 'End jobs with SIGKILL, or send another signal'
complete -c brood -n __brood_in -a restart -d 'End jobs if they live, then launch their commands again'
complete -c brood -n __brood_in -a close -d 'Forget ended jobs and remove their files'
complete -c brood -n __brood_in -a logs -d 'Show the captured output of jobs'
complete -c brood -n __brood_in -a rename -d 'Give a job another name'
complete -c brood -n __brood_in -a forkserver -d 'Start, show or stop the state directory\'s fork server'
complete -c brood -n __brood_in -a start-method -d 'Print or set how jobs are started by default'
complete -c brood -n __brood_in -a authkey -d 'Print the fingerprint of the key that jobs are commanded with'

# run, start, create
set -l launch '__brood_in run start create'
set -l background '__brood_in start create'
set -l limits {as,core,cpu,data,fsize,locks,memlock,msgqueue,nice,nofile,nproc,rss,rtprio,rttime,sigpending,stack}=
complete -c brood -n $launch -l name -x -d 'Name of the job'
complete -c brood -n $launch -l label -x -d 'Attach a label to the record'
complete -c brood -n $launch -l method -x -a 'fork spawn forkserver' -d 'Start method'
complete -c brood -n $launch -l daemon -d 'End with the parent; start no jobs'
complete -c brood -n $launch -l no-daemon -d 'Do not end with the parent'
complete -c brood -n $launch -l parent -x -a '(__brood_parents)' -d 'Whose child it is'
complete -c brood -n $launch -l cwd -x -a '(__fish_complete_directories)' -d 'Directory to run in'
complete -c brood -n $launch -l env-file -r -F -d 'Set variables from a file'
complete -c brood -n $launch -l env -x -a '(__brood_variables =)' -d 'Set a variable of the environment'
complete -c brood -n $launch -l unset -x -a '(__brood_variables)' -d 'Remove a variable from the environment'
complete -c brood -n $launch -l clear-env -d 'Begin with an empty environment'
complete -c brood -n $launch -l stdin -r -F -d 'File to read standard input from'
complete -c brood -n $launch -l stdout -r -F -d 'File to append standard output to'
complete -c brood -n $launch -l stderr -r -F -d 'File to append standard error to'
complete -c brood -n $launch -l pass-fd -x -d 'Keep a descriptor open for the command'
complete -c brood -n $launch -l umask -x -d 'File mode creation mask'
complete -c brood -n $launch -l nice -x -d 'Add to the nice value'
complete -c brood -n $launch -l limit -x -a "$limits" -d 'Set a resource limit'
complete -c brood -n $launch -l timeout -x -d 'Terminate the job after this time'
complete -c brood -n $launch -l stop-signal -x -a '(__brood_signals)' -d 'Signal that asks it to end'
complete -c brood -n $launch -l grace -x -d 'Time between stop signal and SIGKILL'
complete -c brood -n $launch -l orphans -x -a 'leave wait terminate' -d 'What becomes of processes it leaves behind'
complete -c brood -n $launch -l authkey-file -r -F -d 'Key for those who may end or change the job'
complete -c brood -n '__brood_in run' -l keep -d 'Keep the record when it has ended'
complete -c brood -n $background -l split-logs -d 'Capture stdout and stderr in two files'
complete -c brood -n $background -l inherit-fds -d 'Keep all descriptors open for the command'
complete -c brood -n '__brood_in start' -l unique -d 'Refuse if a live job bears this name'
complete -c brood -n '__brood_in start' -l replace -d 'Terminate a live job of this name first'
complete -c brood -n '__brood_in start' -l reuse -d 'Print the id of a live job of this name instead'
complete -c brood -n '__brood_in start' -l job -x -a '(__brood_jobs "^created")' -d 'Start this created job'
complete -c brood -n '__brood_launches' -a '(__brood_target)'

# The others
complete -c brood -n '__brood_in join wait' -s t -l timeout -x -d 'Wait no longer than this'
complete -c brood -n '__brood_in wait' -l any -d 'Until one of them is ready'
complete -c brood -n '__brood_in wait' -l all -d 'Until all of them are ready (default)'
complete -c brood -n '__brood_in wait' -l count -x -d 'Until so many of them are ready'
complete -c brood -n '__brood_in wait' -l for -x -d 'State to wait for' \
    -a 'ended created running stopping exited orphaned lost'
complete -c brood -n '__brood_in join status terminate kill restart close logs' -l all \
    -d 'A name means every live job that bears it'
complete -c brood -n '__brood_in status' -l field -x -d 'Print only the value of this field' \
    -a 'version id name identity state pid exitcode signal core_dumped lost reason daemon start_method target cwd labels
    created_at started_at ended_at timeout orphans rusage parent monitor_pid pid_start_time pid_inode boot_id
    pid_namespace host sentinel logs'
complete -c brood -n '__brood_in status' -l children -d 'Jobs started inside these jobs, or by the caller'
complete -c brood -n '__brood_in status' -l tree -d 'Show jobs below those that they were started in'
complete -c brood -n '__brood_in terminate restart' -l grace -x -d 'Time before SIGKILL'
complete -c brood -n '__brood_in terminate kill' -l target-only -d 'Only the target, not what it has started'
complete -c brood -n '__brood_in kill' -s s -l signal -x -a '(__brood_signals)' -d 'Only send this signal'
complete -c brood -n '__brood_in terminate kill restart rename' -l authkey-file -r -F -d 'Prove with this key that the job is ours'
complete -c brood -n '__brood_in authkey' -l new -d 'Make a new key for jobs started from now on'
complete -c brood -n '__brood_in close' -l ended -d 'All jobs that have ended'
complete -c brood -n '__brood_in close' -l older-than -x -d 'Only those that ended at least so long ago'
complete -c brood -n '__brood_in logs' -s f -l follow -d 'Go on until the jobs have ended and all is shown'
complete -c brood -n '__brood_in logs' -s n -l lines -x -d 'Begin with at most so many last lines'
complete -c brood -n '__brood_in logs' -l stdout -d 'Only standard output'
complete -c brood -n '__brood_in logs' -l stderr -d 'Only standard error'
complete -c brood -n '__brood_in start-method' -l all -d 'List the start methods instead'
complete -c brood -n '__brood_in forkserver' -l idle -x -d 'Leave after so long without a job'
complete -c brood -n '__brood_in forkserver' -l force -d 'Stop it also if it has jobs, which go on'
complete -c brood -n '__brood_in forkserver' -a 'start status stop'
complete -c brood -n '__brood_in start-method' -a 'fork spawn forkserver'

complete -c brood -n '__brood_wants_job join wait status is-alive restart logs rename' -a '(__brood_jobs "^[a-z]+")'
complete -c brood -n '__brood_wants_job terminate kill' \
    -a '(__brood_jobs "^(running|restarting|stopping|orphaned)|[+]")'
complete -c brood -n '__brood_wants_job close' -a '(__brood_jobs "^(created|exited|lost|damaged)")'
