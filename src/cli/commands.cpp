// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"

#include <array>

namespace brood::cli {
namespace {

constexpr const char* target_details =
    "Options end at the first word that is not one, or at '--'. What follows is the command, passed on\n"
    "untouched, with no shell in between.";
constexpr const char* method_details =
    "The default is that of --method, else of BROOD_START_METHOD, else the one set here, else fork.";
constexpr const char* job_details = "JOB is an id, a name, or @self or @parent inside a job.";

constexpr std::array<Command, 16> table{{
    {"run", "Run a command in the foreground and exit as it does", setup_run, true, target_details},
    {"start", "Start a command in the background and print its id", setup_start, true, target_details},
    {"create", "Record a job without starting it, and print its id", setup_create, true, target_details},
    {"join", "Wait until jobs have ended, and exit with their status", setup_join, false, job_details},
    {"wait", "Wait for jobs and print each id as it is ready", setup_wait, false, job_details},
    {"status", "Show jobs", setup_status, false, job_details},
    {"is-alive", "Exit with 0 if a job is alive, else 1", setup_is_alive, false, job_details},
    {"terminate", "End jobs, politely first, and wait until they are gone", setup_terminate, false,
     job_details},
    {"kill", "End jobs with SIGKILL, or send another signal", setup_kill, false, job_details},
    {"restart", "End jobs if they live, then launch their commands again", setup_restart, false, job_details},
    {"close", "Forget ended jobs and remove their files", setup_close, false, job_details},
    {"logs", "Show the captured output of jobs", setup_logs, false, job_details},
    {"rename", "Give a job another name", setup_rename, false, job_details},
    {"forkserver", "Start, show or stop the state directory's fork server", setup_forkserver},
    {"start-method", "Print or set how jobs are started by default", setup_start_method, false,
     method_details},
    {"authkey", "Print the fingerprint of the key that jobs are commanded with", setup_authkey},
}};

}  // namespace

std::span<const Command> commands() { return table; }

const Command* find_command(const std::string& name) {
  for (const Command& command : table)
    if (name == command.name) return &command;
  return nullptr;
}

}  // namespace brood::cli
