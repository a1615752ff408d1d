// SPDX-License-Identifier: MIT
#include "process/image.hpp"

#include <optional>
#include <string_view>

#include "brood/text.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "process/life.hpp"
#include "process/self.hpp"
#include "process/server.hpp"

namespace brood::process {
namespace {

// The descriptor that the only argument speaks of, close-on-exec from now on.
std::optional<os::Fd> descriptor_after(std::string_view option, int argc, char** argv) {
  if (argc != 2) return std::nullopt;
  const std::string_view word = argv[1];
  if (!word.starts_with(option)) return std::nullopt;
  const auto number = parse_integer(word.substr(option.size()), 3, 1 << 30);
  if (!number || !os::is_open(static_cast<int>(*number))) return std::nullopt;
  const os::Fd inherited(static_cast<int>(*number));
  return os::duplicate(inherited.get());
}

[[noreturn]] void be_child(os::Fd boot) noexcept {
  std::optional<Birth> birth;
  try {
    birth = birth_from(os::read_all(boot.get()));
    boot.reset();
    const os::Fd inherited(birth->parent_pidfd);
    (void)introduce(*birth, os::duplicate(inherited.get()));
  } catch (...) {
    die_unborn();
  }
  live([&] {
    if (birth->target.empty()) return 0;
    return detail::find_target(birth->target).run(birth->arguments);
  });
}

}  // namespace

void become_what_we_are(int argc, char** argv) {
  if (argc > 0) program().name = argv[0];
  program().is_initialised = true;
  auto boot = descriptor_after(child_option, argc, argv);
  auto channel = descriptor_after(server_option, argc, argv);
  // By way of /proc/self/exe it would be called "exe".
  if (boot || channel) os::set_process_name(program().name.substr(program().name.rfind('/') + 1).c_str());
  if (boot) be_child(std::move(*boot));
  if (channel) serve(std::move(*channel));
}

}  // namespace brood::process
