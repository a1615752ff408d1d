# Every source file, by folder; never globbed, so that a forgotten or stray file is noticed.
# Paths are relative to the top of the tree. A folder with an empty list is left out of the build.

set(BROOD_BASE_SOURCES
  src/base/error.cpp
  src/base/numbers.cpp
  src/base/signals.cpp
  src/base/text.cpp
  src/base/time_text.cpp
  src/base/vocabulary.cpp
)

set(BROOD_OS_SOURCES
  src/os/access.cpp
  src/os/block.cpp
  src/os/child.cpp
  src/os/clock.cpp
  src/os/console.cpp
  src/os/fd.cpp
  src/os/file.cpp
  src/os/limit_names.cpp
  src/os/lock.cpp
  src/os/notifier.cpp
  src/os/pipe.cpp
  src/os/poll.cpp
  src/os/proc.cpp
  src/os/process.cpp
  src/os/random.cpp
  src/os/sentinel.cpp
  src/os/signals.cpp
  src/os/socket.cpp
  src/os/traits.cpp
  src/os/trust.cpp
  src/os/watch.cpp
)

# Runs between fork and exec: only async-signal-safe code, under flags of its own (see library.cmake).
set(BROOD_CHILD_SOURCES
  src/launch/child/run_child.cpp
)

set(BROOD_LAUNCH_SOURCES
  src/launch/environment.cpp
  src/launch/limits.cpp
  src/launch/make_monitor.cpp
  src/launch/path_search.cpp
  src/launch/start_target.cpp
)

set(BROOD_STORE_SOURCES
  src/store/family.cpp
  src/store/config_json.cpp
  src/store/authkey.cpp
  src/store/job_dir.cpp
  src/store/name_index.cpp
  src/store/record_json.cpp
  src/store/record_text.cpp
  src/store/server_record_json.cpp
  src/store/object_text.cpp
  src/store/spec_json.cpp
  src/store/spec_text.cpp
  src/store/state_dir.cpp
)

set(BROOD_SENTINEL_SOURCES
  src/sentinel/sentinel.cpp
)

set(BROOD_CONTROL_SOURCES
  src/control/auth.cpp
  src/control/client.cpp
  src/control/message.cpp
  src/control/server.cpp
)

set(BROOD_MONITOR_SOURCES
  src/monitor/adopted_job.cpp
  src/monitor/foreground.cpp
  src/monitor/fork_server.cpp
  src/monitor/guard.cpp
  src/monitor/keeper.cpp
  src/monitor/keeper_launch.cpp
  src/monitor/lifecycle.cpp
  src/monitor/monitor.cpp
  src/monitor/order.cpp
  src/monitor/own_guard.cpp
  src/monitor/serve.cpp
  src/monitor/server_message.cpp
  src/monitor/tree.cpp
  src/monitor/wards.cpp
)

set(BROOD_JOBS_SOURCES
  src/jobs/direct_stop.cpp
  src/jobs/family.cpp
  src/jobs/find.cpp
  src/jobs/fork_client.cpp
  src/jobs/forget.cpp
  src/jobs/init.cpp
  src/jobs/inside.cpp
  src/jobs/job.cpp
  src/jobs/keys.cpp
  src/jobs/launch_order.cpp
  src/jobs/launching.cpp
  src/jobs/liveness.cpp
  src/jobs/logs.cpp
  src/jobs/orphan_end.cpp
  src/jobs/own_children.cpp
  src/jobs/parent.cpp
  src/jobs/monitor_link.cpp
  src/jobs/registry.cpp
  src/jobs/run.cpp
  src/jobs/start.cpp
  src/jobs/start_method.cpp
  src/jobs/stop.cpp
  src/jobs/wait.cpp
)

include(${CMAKE_CURRENT_LIST_DIR}/sources_cli.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/sources_process.cmake)

# What reads and writes JSON does so for thousands of jobs in a row, where the rest of the command is built to be small.
if(BROOD_STATIC)
  set(brood_json ${BROOD_STORE_SOURCES} ${BROOD_CLI_SOURCES})
  list(FILTER brood_json INCLUDE REGEX "_json\\.cpp$")
  set_source_files_properties(${brood_json} PROPERTIES COMPILE_OPTIONS -O2)
endif()
