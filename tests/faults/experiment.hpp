// SPDX-License-Identifier: MIT
// One command with one fault, and what must be true after it whatever the fault was:
//
//   no job that the caller was told of is missing; no exit code is invented, and none is lost to a single death;
//   no process is left that no job accounts for; nothing waits for ever; nothing stays locked.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "brood/registry.hpp"
#include "faults/stepper.hpp"
#include "os/fd.hpp"
#include "support/temp_dir.hpp"

namespace brood::test {

/// A state directory, and a target that stays until it is released, and exits with `code`.
class World {
 public:
  static constexpr int code = 7;

  explicit World(StartMethod method);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  TempStateDir temp;
  Registry registry{temp.path()};
  StartMethod method;
  JobId job = 0;  // that a scenario has prepared

  std::vector<std::string> target() const;
  JobSpec spec() const;
  void start_job() { job = registry.start(spec()); }
  int gate() const noexcept { return gate_.get(); }
  void release();
  bool is_released() const noexcept { return is_released_; }
  void note_release() noexcept { is_released_ = true; }

 private:
  std::string fifo_ = temp.outside() / "gate";
  os::Fd gate_;
  bool is_released_ = false;
};

struct Scenario {
  std::string name;
  StartMethod method = StartMethod::fork;
  /// Words after `brood --state-dir DIR`.
  std::function<std::vector<std::string>(const World&)> words = {};
  std::function<void(World&)> prepare = {};
  /// Who is of interest, and whether they are there before the command.
  std::vector<Role> roles = {Role::caller};
  bool is_kept_already = false;
  /// Who forks whom; the last executes the target.
  std::vector<Role> family = {Role::caller, Role::guard, Role::monitor, Role::child};
  /// The target must end, or the command would not.
  bool releases_first = false;
  /// Exit codes that the command itself makes possible.
  std::set<int> codes = {};
  /// A death of this role loses the exit status: nobody else would know it.
  std::optional<Role> irreplaceable = {};
  /// What the command has promised when it ends with 0, as a sentence that says what is wrong.
  std::function<std::string(World&, const std::string& output)> promise = {};
  /// The command ends as the job did.
  bool ends_as_job = false;
};

/// Tries a fault at the steps of every role, and fails the case for each sentence that does not hold. `every`: only each
/// so-manieth step; the environment variable BROOD_FAULTS_EVERY has the last word. A line for the table goes to the file
/// BROOD_FAULTS_TABLE.
void try_kills(const Scenario& scenario, int every);
void try_errors(const Scenario& scenario, int every);

}  // namespace brood::test
