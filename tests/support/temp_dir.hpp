// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace brood::test {

/// A new, empty directory. Removed at the end with all that is in it; kept and named when the case has failed.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const noexcept { return path_; }
  /// The path of something in it.
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  /// A file in it, with these contents; its path.
  std::string file(std::string_view name, std::string_view contents, unsigned mode = 0644) const;

 private:
  std::string path_;
};

/// Where a state directory can be made: the path of a directory that does not exist yet.
class TempStateDir {
 public:
  const std::string& path() const noexcept { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  /// The directory around it, for what else a case needs.
  const TempDir& outside() const noexcept { return dir_; }

 private:
  TempDir dir_;
  std::string path_ = dir_ / "state";
};

/// All of a file; empty if there is none.
std::string contents_of(const std::string& path);

}  // namespace brood::test
