// SPDX-License-Identifier: MIT
#include "os/access.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace brood::os {

bool is_writable_directory(const std::string& path) noexcept {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

}  // namespace brood::os
