// SPDX-License-Identifier: MIT
#include "store/authkey.hpp"

#include <algorithm>

#include "brood/error.hpp"
#include "brood/text.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/process.hpp"
#include "os/random.hpp"
#include "store/names.hpp"

namespace brood::store {
namespace {

constexpr std::size_t most_of_key_file = 64 * 1024;

// An empty file is what a power failure may leave of a new one: as good as none.
std::optional<AuthKey> key_at(int dir, const std::string& name, const std::string& dir_path) {
  const auto file = os::find_file_at(dir, name, os::Open::read);
  if (!file) return std::nullopt;
  std::string bytes;
  os::read_at(file->fd.get(), 0, std::min<std::size_t>(file->size, AuthKey::size + 1), bytes);
  auto key = AuthKey::from(bytes);
  wipe(bytes);
  if (!key && !bytes.empty())
    throw Error(Errc::bad_value, "read key '" + printable(dir_path + "/" + name) + "': it is not of " +
                                     std::to_string(AuthKey::size) + " bytes");
  return key;
}

bool is_same_file(int fd, int dir, const std::string& name) {
  const auto there = os::status_at(dir, name);
  const os::FileStatus open = os::status_of(fd);
  return there && there->inode == open.inode && there->device == open.device;
}

// The right to give the state directory a key, and the file that it is written to before it gets its place: a key is
// seen whole or not at all. Who waited for the lock while that file was renamed holds what has become the key, lets go
// of it and tries again. Nothing is left to be cleared away, whoever is killed when.
class NewKey {
 public:
  explicit NewKey(const StateDir& state) : dir_(state.fd()) {
    do {
      file_ = os::open_file_at(dir_, names::new_authkey, os::Open::create);
      os::lock(file_.get(), os::Lock::exclusive);
    } while (!is_same_file(file_.get(), dir_, names::new_authkey));
  }

  AuthKey put_in_place() {
    AuthKey key;
    os::fill_with_random(key.data(), AuthKey::size);
    os::write_at(file_.get(), 0, key.bytes());
    os::rename_at(dir_, names::new_authkey, names::authkey);
    return key;
  }
  void abandon() { os::remove_file_at(dir_, names::new_authkey); }

 private:
  int dir_;
  os::Fd file_;
};

void keep_old(const StateDir& state, const std::string& name, const AuthKey& key) {
  (void)os::make_directory_at(state.fd(), names::old_authkeys, 0700);
  const os::Fd dir = os::open_at(state.fd(), names::old_authkeys, os::Open::directory);
  os::replace_file_at(dir.get(), name, key.bytes());
}

}  // namespace

std::optional<AuthKey> find_authkey(const StateDir& state) {
  try {
    return key_at(state.fd(), names::authkey, state.path());
  } catch (const Error& problem) {
    if (problem.code() != Errc::bad_value) throw;
    throw Error(Errc::bad_value, problem.doing(), "brood authkey --new makes another one");
  }
}

AuthKey need_authkey(const StateDir& state) {
  if (const auto key = find_authkey(state)) return *key;
  const os::PrivateUmask umask;
  NewKey place(state);
  if (const auto key = find_authkey(state)) {  // somebody else was faster
    place.abandon();
    return *key;
  }
  return place.put_in_place();
}

AuthKey replace_authkey(const StateDir& state, const std::function<std::string(const AuthKey&)>& name_of) {
  const os::PrivateUmask umask;
  NewKey place(state);
  std::optional<AuthKey> present;
  try {
    present = find_authkey(state);
  } catch (const Error& problem) {
    if (problem.code() != Errc::bad_value) throw;  // what is no key opens nothing
  }
  // Kept before it is replaced: jobs that have it can be commanded at every moment.
  if (present) keep_old(state, name_of(*present), *present);
  return place.put_in_place();
}

std::optional<AuthKey> find_old_authkey(const StateDir& state, const std::string& name) {
  const std::string relative = std::string(names::old_authkeys) + "/" + name;
  return key_at(state.fd(), relative, state.path());
}

std::optional<AuthKey> find_authkey(const JobDir& job) {
  return key_at(job.fd.get(), names::authkey, job.path);
}

void save_authkey(const JobDir& job, const AuthKey& key) {
  (void)os::write_new_file_at(job.fd.get(), names::authkey, key.bytes());
}

std::string read_key_file(const std::string& path) {
  const std::string what = "read key file '" + printable(path) + "'";
  std::string content;
  try {
    const os::Fd file = os::open_at(os::current_directory(), path, os::Open::read);
    content = os::read_stream(file.get(), most_of_key_file + 1);
  } catch (const Error& problem) {
    throw Error(problem.code(), what);
  }
  if (content.empty()) throw Error(Errc::bad_value, what + ": it is empty");
  if (content.size() > most_of_key_file) {
    wipe(content);
    throw Error(Errc::bad_value, what + ": it has more than 64 KiB");
  }
  return content;
}

}  // namespace brood::store
