// SPDX-License-Identifier: MIT
#include "jobs/keys.hpp"

#include "base/during.hpp"
#include "control/auth.hpp"
#include "jobs/inside.hpp"
#include "jobs/registry_impl.hpp"
#include "store/authkey.hpp"

namespace brood {
namespace jobs {
namespace {

// A key that cannot be read is of no use, and no reason not to try the others.
template <class Find>
std::optional<AuthKey> readable_key(Find&& find) {
  try {
    return find();
  } catch (const Error& problem) {
    if (is_shortage(problem)) throw;
    return std::nullopt;
  }
}

std::string name_of(const AuthKey& key) { return control::fingerprint_text(control::fingerprint_of(key)); }

bool has(const std::optional<AuthKey>& key, const std::string& fingerprint) {
  return key && control::fingerprint_of(*key) == fingerprint;
}

std::optional<AuthKey> key_of_job(const store::JobDir& job) {
  return readable_key([&] { return store::find_authkey(job); });
}

std::optional<AuthKey> key_of_state(const store::StateDir& state) {
  return readable_key([&] { return store::find_authkey(state); });
}

std::optional<AuthKey> old_key(const store::StateDir& state, const std::string& fingerprint) {
  return readable_key([&] { return store::find_old_authkey(state, control::fingerprint_text(fingerprint)); });
}

}  // namespace

std::optional<AuthKey> key_in_file(const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::string content = store::read_key_file(path);
  const AuthKey key = control::key_from(content);
  wipe(content);
  return key;
}

std::optional<AuthKey> inherited_key(const store::StateDir& state) {
  const auto around = surrounding_job(state.path());
  if (!around) return std::nullopt;
  const auto dir = store::find_job_dir(state, *around);
  return dir ? store::find_authkey(*dir) : std::nullopt;
}

void give_key(monitor::Order& order, const store::StateDir& state, const std::optional<AuthKey>& chosen) {
  const auto own = chosen ? chosen : inherited_key(state);
  order.has_own_key = own.has_value();
  order.authkey = own ? *own : store::need_authkey(state);
}

AuthKey find_key(const Keys& keys, JobId job, const std::string& fingerprint) {
  if (keys.given) return *keys.given;
  if (const auto dir = store::find_job_dir(*keys.state, job))
    if (const auto own = key_of_job(*dir); has(own, fingerprint)) return *own;
  const auto present = key_of_state(*keys.state);
  if (has(present, fingerprint)) return *present;
  if (const auto old = old_key(*keys.state, fingerprint); has(old, fingerprint)) return *old;
  if (present) return *present;
  throw Error(Errc::authentication_failed, "find the key of job " + std::to_string(job));
}

bool is_possible_key(const Keys& keys, const store::JobDir& job) {
  if (!keys.given) return true;
  const std::string fingerprint = control::fingerprint_of(*keys.given);
  if (const auto own = key_of_job(job)) return has(own, fingerprint);
  return has(key_of_state(*keys.state), fingerprint) || has(old_key(*keys.state, fingerprint), fingerprint);
}

void refuse_key(const Keys& keys, const std::string& what) {
  throw Error(Errc::authentication_failed, what,
              keys.given ? "" : "--authkey-file names the file with the job's key");
}

}  // namespace jobs

std::string Registry::authkey() {
  const store::StateDir& state = impl().make();
  return during("read the authentication key", [&] { return jobs::name_of(store::need_authkey(state)); });
}

std::string Registry::new_authkey() {
  const store::StateDir& state = impl().make();
  return during("make a new authentication key",
                [&] { return jobs::name_of(store::replace_authkey(state, jobs::name_of)); });
}

void Registry::use_authkey_file(const std::string& file) { impl().given_key = jobs::key_in_file(file); }

}  // namespace brood
