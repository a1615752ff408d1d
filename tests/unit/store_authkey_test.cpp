// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.hpp"
#include "store/authkey.hpp"
#include "support/child.hpp"
#include "support/failure.hpp"
#include "support/temp_dir.hpp"

using namespace brood;
using namespace brood::store;
using namespace brood::test;

namespace {

struct Keys {
  TempStateDir temp;
  StateDir state = StateDir::make(temp.path());
  std::string bytes(const std::string& name) const { return contents_of(temp / name); }
  std::vector<std::string> files() const { return os::names_in(state.fd()); }
};

std::string text(const AuthKey& key) { return std::string(key.bytes()); }

}  // namespace

TEST_CASE("a state directory has no key until one is needed, and then keeps it") {
  const Keys keys;
  CHECK_FALSE(find_authkey(keys.state).has_value());
  CHECK(keys.files().empty());
  const std::string key = text(need_authkey(keys.state));
  CHECK(key.size() == 32);
  CHECK(key != std::string(32, '\0'));
  CHECK(text(need_authkey(keys.state)) == key);
  CHECK(text(*find_authkey(keys.state)) == key);
  CHECK(keys.bytes("authkey") == key);
  CHECK(os::status_at(keys.state.fd(), "authkey")->mode == 0600);
  CHECK(keys.files() == std::vector<std::string>{"authkey"});
}

TEST_CASE("two state directories have two keys") {
  CHECK(text(need_authkey(Keys().state)) != text(need_authkey(Keys().state)));
}

TEST_CASE("of many that need the first key at once, all get the same") {
  const Keys keys;
  std::vector<Child> callers;
  for (int i = 0; i < 20; ++i)
    callers.emplace_back([&](int output) {
      os::write_all(output, need_authkey(StateDir::make(keys.temp.path())).bytes());
      return 0;
    });
  for (auto& caller : callers) {
    const std::string key = caller.read_output();  // from then on there is one
    CHECK(key == keys.bytes("authkey"));
    CHECK(caller.wait() == ExitStatus::exited(0));
  }
  CHECK(keys.files() == std::vector<std::string>{"authkey"});
}

TEST_CASE("what a maker that was killed half-way has left is taken over, and an empty key is none") {
  const Keys keys;
  CHECK(::mknod((keys.temp / "authkey.new").c_str(), S_IFREG | 0600, 0) == 0);
  CHECK(::mknod((keys.temp / "authkey").c_str(), S_IFREG | 0600, 0) == 0);
  CHECK_FALSE(find_authkey(keys.state).has_value());
  const std::string key = text(need_authkey(keys.state));
  CHECK(keys.bytes("authkey") == key);
  CHECK(keys.files() == std::vector<std::string>{"authkey"});
}

TEST_CASE("a file of any other length is no key, and a new one takes its place on demand only") {
  const Keys keys;
  for (const std::size_t length : {1u, 31u, 33u, 1000u}) {
    const os::Fd file = os::open_at(keys.state.fd(), "authkey", os::Open::create);
    REQUIRE(::ftruncate(file.get(), static_cast<off_t>(length)) == 0);
    CHECK(failure_of([&] { need_authkey(keys.state); }).code() == Errc::bad_value);
    CHECK(os::status_of(file.get()).size == length);
  }
  const std::string key = text(replace_authkey(keys.state, [](const AuthKey&) { return "old"; }));
  CHECK(text(need_authkey(keys.state)) == key);
  CHECK(keys.files() == std::vector<std::string>{"authkey"});
}

TEST_CASE("keys that are replaced are kept under their names") {
  const Keys keys;
  const auto first_letter = [](const AuthKey& key) {
    return std::to_string(static_cast<unsigned char>(key.bytes()[0])) + "-" +
           std::to_string(static_cast<unsigned char>(key.bytes()[1]));
  };
  const AuthKey one = need_authkey(keys.state);
  const AuthKey two = replace_authkey(keys.state, first_letter);
  const AuthKey three = replace_authkey(keys.state, first_letter);
  CHECK(text(one) != text(two));
  CHECK(text(*find_authkey(keys.state)) == text(three));
  CHECK(text(*find_old_authkey(keys.state, first_letter(one))) == text(one));
  CHECK(text(*find_old_authkey(keys.state, first_letter(two))) == text(two));
  CHECK_FALSE(find_old_authkey(keys.state, "nothing").has_value());
  CHECK(os::status_at(keys.state.fd(), "authkeys")->mode == 0700);
  CHECK(os::status_at(keys.state.fd(), "authkeys/" + first_letter(one))->mode == 0600);
}

TEST_CASE("of many that replace it at once, each key is current or kept") {
  const Keys keys;
  const auto name_of = [](const AuthKey& key) {
    std::string name;
    for (const char c : key.bytes()) name += std::to_string(static_cast<unsigned char>(c));
    return name;
  };
  (void)need_authkey(keys.state);
  std::vector<Child> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&](int output) {
      const auto own = StateDir::make(keys.temp.path());
      os::write_all(output, replace_authkey(own, name_of).bytes());
      return 0;
    });
  std::vector<AuthKey> made;
  for (auto& caller : callers) {
    made.push_back(*AuthKey::from(caller.read_output()));
    CHECK(caller.wait() == ExitStatus::exited(0));
  }
  for (const AuthKey& key : made)  // none is replaced between the two looks any more
    CHECK((find_old_authkey(keys.state, name_of(key)).has_value() || keys.bytes("authkey") == key.bytes()));
  const auto old = os::open_at(keys.state.fd(), "authkeys", os::Open::directory);
  CHECK(os::names_in(old.get()).size() == 8);
}

TEST_CASE("a job may have a key of its own, which goes with it") {
  const Keys keys;
  const JobDir job = make_job_dir(keys.state);
  CHECK_FALSE(find_authkey(job).has_value());
  save_authkey(job, *AuthKey::from(std::string(32, 'j')));
  CHECK(text(*find_authkey(job)) == std::string(32, 'j'));
  CHECK(os::status_at(job.fd.get(), "authkey")->mode == 0600);
  remove_job_dir(keys.state, job, {});
  CHECK_FALSE(find_job_dir(keys.state, job.id).has_value());
}

TEST_CASE("a key file has 1 byte to 64 KiB") {
  const TempDir temp;
  CHECK(read_key_file(temp.file("one", "x")) == "x");
  CHECK(read_key_file(temp.file("most", std::string(65536, 'y'))) == std::string(65536, 'y'));
  CHECK(failure_of([&] { read_key_file(temp.file("empty", "")); }).code() == Errc::bad_value);
  CHECK(failure_of([&] { read_key_file(temp.file("huge", std::string(65537, 'z'))); }).code() ==
        Errc::bad_value);
  CHECK(failure_of([] { read_key_file("/dev/zero"); }).code() == Errc::bad_value);
  CHECK(failure_of([&] { read_key_file(temp / "absent"); }).code() == system_error(ENOENT));
  CHECK(failure_of([&] { read_key_file(temp.path()); }).code() == system_error(EISDIR));
}
