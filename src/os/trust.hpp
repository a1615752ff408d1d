// SPDX-License-Identifier: MIT
// Whose a file is. A state directory that nobody else can write to may once have been open to others, or have been
// unpacked from something of theirs: what lies in it counts only if it is this user's.
#pragma once

#include <optional>
#include <string>

#include "os/fd.hpp"
#include "os/file.hpp"

namespace brood::os {

/// Why it is not ours alone: another user owns it, or may write to it. Empty if it is.
std::string why_not_ours(const FileStatus& status);

enum class Purpose { read, write };
/// Throws Errc::state_dir_refused unless what is open is ours alone. What is to be written may have no second name: a
/// hard link would carry the bytes into a file elsewhere.
void need_ours(const FileStatus& status, const std::string& path, Purpose purpose);

/// Opens a directory by its absolute path; empty where there is none. Links on the way are followed if they are this
/// user's or root's: another user's, who may have put it there to lead us into a directory of ours that is meant for
/// something else, throws Errc::state_dir_refused. (The kernel has fs.protected_symlinks for that, which may be off, and
/// sees to sticky directories only.)
std::optional<Fd> find_directory(const std::string& path);

}  // namespace brood::os
