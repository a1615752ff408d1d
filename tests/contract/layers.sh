#!/usr/bin/env bash
# Holds the tree to its layers: which header may be included where. Arrows point down, never up, never aside.
#
#   6 cli    5 include/brood    4 jobs pool    3 monitor process
#   2 launch store sentinel control    1 os    0 base
#
# src/launch/child is a regime of its own: the plan, itself and system headers only.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

find src include -name '*.[ch]pp' -exec grep -nHE '^[[:space:]]*#[[:space:]]*include' {} + | awk '
BEGIN {
  split("base 0 os 1 launch 2 store 2 sentinel 2 control 2 monitor 3 process 3 jobs 4 pool 4 brood 5 cli 6", list, " ")
  for (i = 1; i in list; i += 2) layer[list[i]] = list[i + 1]

  # Public headers that are plain vocabulary: anybody may speak it.
  words("error exit_status fork_server start_method job_state job_spec job_info scope sentinel text timeout", vocabulary)

  # The other public headers: who implements each. From inside src/ they count as a header of that folder.
  owner["console"] = "os"
  owner["init"] = owner["job"] = owner["logs"] = owner["registry"] = "jobs"
  words("process process_options process_key this_process context wait target value convert", of_process)
  for (name in of_process) owner[name] = "process"
  owner["pool"] = owner["async_result"] = "pool"

  # The only files that may see each third-party library; the longest match counts.
  wall("nlohmann/", "^src/(store|control|process)/[a-z_]*_json[.]cpp$|^src/cli/(output_json|describe)[.][ch]pp$")
  wall("nlohmann/json_fwd.hpp", "^src/(store|control)/[a-z_]*_json[.][ch]pp$|^src/cli/(output_json|describe)[.][ch]pp$")
  wall("spdlog/", "^src/(monitor|cli)/log[.][ch]pp$")
  wall("fmt/", "^src/(monitor|cli)/log[.][ch]pp$")
  wall("CLI/", "^src/cli/")
  wall("sodium", "^src/control/|^src/os/random[.][ch]pp$")
  wall("doctest", "^tests/")

  # Only os and launch/child make system calls. <csignal>, <signal.h>, <cerrno> and <sys/types.h> are free: they
  # are needed for constants and types.
  calls = "^(unistd|fcntl|poll|sched|dirent|spawn|termios|pwd|grp|netdb|pty|utmp|syslog)[.]h$"
  calls = calls "|^(sys|linux|asm|net|netinet|arpa)/"
}

function words(text, set,    i, n, list) { n = split(text, list, " "); for (i = 1; i <= n; i++) set[list[i]] = 1 }
function wall(prefix, files) { walls[prefix] = files }
function bad(why) { printf "%s:%s: includes %s: %s\n", file, line, header, why; failed = 1 }

{
  file = $0; sub(/:.*/, "", file)
  line = substr($0, length(file) + 2); sub(/:.*/, "", line)
  header = $0
  if (!sub(/^[^<"]*[<"]/, "", header)) { header = "?"; bad("name the header plainly"); next }
  quoted = $0 ~ /include[[:space:]]*"/
  sub(/[>"].*/, "", header)

  if (file ~ /^include\/brood\/[^\/]+$/) from = "brood"
  else if (file ~ /^src\/[^\/]+\//) { from = file; sub(/^src\//, "", from); sub(/\/.*/, "", from) }
  else from = "?"
  if (!(from in layer)) { bad("this file is in no known folder; see the list in " script); next }
  child = file ~ /^src\/launch\/child\//

  to = header; sub(/\/.*/, "", to)
  if (header ~ /\// && to in layer) check_project()
  else if (quoted) bad("write project headers as \"folder/name.hpp\", others in <>")
  else check_foreign()
}

function check_project(    name) {
  if (header ~ /[.][.]/) bad("no .. in an include")
  else if (child) {
    if (header != "launch/plan.hpp" && header !~ /^launch\/child\//) bad("the child sees launch/plan.hpp and itself only")
  } else if (to == "brood") {
    name = header; sub(/^brood\//, "", name); sub(/[.]hpp$/, "", name)
    if (name in vocabulary || from == "cli" || from == "brood") return
    if (!(name in owner)) bad("say in " script " whether it is vocabulary or which folder implements it")
    else if (owner[name] != from && layer[owner[name]] >= layer[from])
      bad("it belongs to " owner[name] ", which is not below " from)
  } else if (from == "brood") bad("a public header includes public and standard headers only")
  else if (from == "cli" && to != "cli") bad("the command sees <brood/...> and its own folder only")
  else if (to != from && layer[to] >= layer[from]) bad(to " is not below " from)
}

function check_foreign(    prefix, best) {
  best = ""
  for (prefix in walls) if (index(header, prefix) == 1 && length(prefix) > length(best)) best = prefix
  if (best != "" && file !~ walls[best]) bad("allowed only in " walls[best])
  if (from == "brood" && header !~ /^[a-z0-9_]+$/ && header != "sys/types.h")
    bad("a public header includes public and standard headers only")
  if (header ~ calls && header != "sys/types.h" && from != "os" && !child)
    bad("only os and launch/child make system calls")
}

END { exit failed }
' script=tests/contract/layers.sh
