// SPDX-License-Identifier: MIT
#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "os/file.hpp"
#include "support/leak_listener.hpp"

namespace brood::test {

TempDir::TempDir() {
  const char* base = std::getenv("TMPDIR");
  path_ = std::string(base && *base ? base : "/tmp") + "/brood-test-XXXXXX";
  if (!::mkdtemp(path_.data())) throw std::system_error(errno, std::system_category(), "mkdtemp " + path_);
}

TempDir::~TempDir() {
  if (is_case_failing() || std::uncaught_exceptions() > 0) {
    std::cerr << "kept for a look: " << path_ << std::endl;
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::file(std::string_view name, std::string_view contents, unsigned mode) const {
  const std::string path = *this / name;
  const os::Fd fd = os::open_at(os::current_directory(), path, os::Open::create, 0600);
  os::write_all(fd.get(), contents);
  os::set_mode(fd.get(), mode);
  return path;
}

std::string contents_of(const std::string& path) {
  const auto fd = os::find_at(os::current_directory(), path, os::Open::read);
  return fd ? os::read_all(fd->get()) : std::string();
}

}  // namespace brood::test
