// SPDX-License-Identifier: MIT
#include "os/proc.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <ctime>

#include "brood/text.hpp"
#include "os/fail.hpp"
#include "os/file.hpp"

namespace brood::os {
namespace {

std::string proc_path(pid_t pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

// A file of /proc, or nothing: processes vanish while being looked at, and that is no error. These reads happen in
// monitors by the thousand, so they go through a buffer on the stack; `size` is all of it that is ever touched.
template <std::size_t size>
std::string read_small(const std::string& path, bool is_one_line) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  char buffer[size];
  std::string all;
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(n));
    if (is_one_line && all.back() == '\n') return all;  // no need to be told that this is the end
  }
}

std::string read_lines(const std::string& path) { return read_small<4096>(path, false); }
std::string read_line(const std::string& path) { return read_small<512>(path, true); }

// A /proc that was mounted for another pid namespace knows other processes by our numbers.
bool is_own_proc() {
  char link[32];
  const ssize_t length = ::readlink("/proc/self", link, sizeof link);
  return length > 0 && std::string_view(link, static_cast<std::size_t>(length)) == std::to_string(::getpid());
}

std::string_view next_word(std::string_view& text) {
  const std::size_t start = text.find_first_not_of(" \n");
  if (start == std::string_view::npos) return text = {};
  text.remove_prefix(start);
  const std::string_view word = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(word.size());
  return word;
}

std::uint64_t number_of(std::string_view word) {
  std::uint64_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

std::vector<std::string> list(const std::string& path) {
  try {
    const auto dir = find_at(current_directory(), path, Open::directory);
    return dir ? names_in(dir->get()) : std::vector<std::string>{};
  } catch (const Error&) {
    return {};
  }
}

std::chrono::milliseconds since_boot() {
  using namespace std::chrono;
  timespec now{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &now);  // every kernel since 2.6.39 has it
  return duration_cast<milliseconds>(seconds(now.tv_sec) + nanoseconds(now.tv_nsec));
}

// CONFIG_PROC_CHILDREN is nearly always there; a kernel without it is asked the slow way.
bool has_children_lists() {
  static const bool has =
      ::access(proc_path(::getpid(), "task/" + std::to_string(::getpid()) + "/children").c_str(), R_OK) == 0;
  return has;
}

}  // namespace

bool has_proc() {
  static const bool has = is_own_proc();
  return has;
}

std::optional<ProcessStat> process_stat(pid_t pid) {
  if (!has_proc()) return std::nullopt;
  const std::string text = read_line(proc_path(pid, "stat"));
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');  // the command may itself hold brackets
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  ProcessStat stat;
  stat.pid = pid;
  stat.command = text.substr(open + 1, close - open - 1);
  std::string_view rest = std::string_view(text).substr(close + 1);
  const std::string_view state = next_word(rest);
  if (state.empty()) return std::nullopt;
  stat.state = state[0];
  stat.parent = static_cast<pid_t>(number_of(next_word(rest)));
  stat.group = static_cast<pid_t>(number_of(next_word(rest)));
  stat.session = static_cast<pid_t>(number_of(next_word(rest)));
  (void)next_word(rest);  // terminal
  (void)next_word(rest);
  constexpr std::uint64_t exiting = 4;  // PF_EXITING
  stat.is_ending = (number_of(next_word(rest)) & exiting) != 0;
  for (int field = 10; field < 20; ++field) (void)next_word(rest);
  stat.threads = static_cast<int>(number_of(next_word(rest)));
  (void)next_word(rest);  // a timer of old
  stat.start_time = number_of(next_word(rest));
  return stat;
}

std::vector<pid_t> processes() {
  std::vector<pid_t> pids;
  for (const auto& name : list("/proc"))
    if (const auto pid = parse_integer(name, 1, 1 << 30)) pids.push_back(static_cast<pid_t>(*pid));
  return pids;
}

bool is_running(const ProcessStat& stat) {
  return stat.state != 'X' && (stat.state != 'Z' || stat.threads > 1);
}

std::uint64_t start_time_of(pid_t pid) {
  const auto stat = process_stat(pid);
  return stat ? stat->start_time : 0;
}

WallTime boot_time() { return wall_now() - since_boot(); }

std::optional<std::chrono::milliseconds> time_since(std::uint64_t start_time) {
  using std::chrono::milliseconds;
  const long ticks_each_second = ::sysconf(_SC_CLK_TCK);
  if (start_time == 0 || ticks_each_second <= 0) return std::nullopt;
  return since_boot() - milliseconds(start_time * 1000 / static_cast<std::uint64_t>(ticks_each_second));
}

std::vector<pid_t> children_of(const ProcessStat& process) {
  std::vector<pid_t> children;
  if (!has_children_lists()) {
    for (const pid_t other : processes())
      if (const auto stat = process_stat(other); stat && stat->parent == process.pid)
        children.push_back(other);
    return children;
  }
  const auto add_those_of = [&](const std::string& thread) {
    const std::string text = read_lines(proc_path(process.pid, "task/" + thread + "/children"));
    std::string_view rest = text;
    for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest))
      children.push_back(static_cast<pid_t>(number_of(word)));
  };
  if (process.threads == 1) {
    add_those_of(std::to_string(process.pid));
    return children;
  }
  for (const auto& thread : list(proc_path(process.pid, "task"))) add_those_of(thread);
  return children;
}

std::vector<pid_t> children_of(pid_t pid) {
  const auto process = process_stat(pid);
  return process ? children_of(*process) : std::vector<pid_t>{};
}

std::string first_environment_value(pid_t pid, const std::string& name) {
  const std::string all = std::string(1, '\0') + read_lines(proc_path(pid, "environ"));
  const std::string key = std::string(1, '\0') + name + "=";
  const std::size_t at = all.find(key);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + key.size();
  return all.substr(begin, all.find('\0', begin) - begin);
}

bool runs_own_image(pid_t pid) {
  struct stat theirs, ours;
  return has_proc() && ::stat(proc_path(pid, "exe").c_str(), &theirs) == 0 &&
         ::stat("/proc/self/exe", &ours) == 0 && theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

std::string boot_id() {
  // Never destroyed: a destructor would have to be known to the exit handlers, at the price of two pages a monitor.
  static const std::string& id = *new std::string([] {
    std::string text = read_line("/proc/sys/kernel/random/boot_id");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }());
  return id;
}

std::uint64_t pid_namespace() {
  static const std::uint64_t inode = [] {
    struct stat status;
    return ::stat("/proc/self/ns/pid", &status) == 0 ? std::uint64_t{status.st_ino} : 0;
  }();
  return inode;
}

bool is_here(const std::string& boot, std::uint64_t namespace_inode) {
  return boot == boot_id() && namespace_inode == pid_namespace();
}

std::string host_name() {
  utsname name{};
  return ::uname(&name) == 0 ? name.nodename : "";
}

}  // namespace brood::os
