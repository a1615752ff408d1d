// SPDX-License-Identifier: MIT
#include "brood/pool.hpp"

#include <exception>

#include "os/process.hpp"
#include "pool/core.hpp"

namespace brood {

Pool::Pool(const PoolOptions& options)
    : core_(pool::Core::start(options)), unwinding_(std::uncaught_exceptions()) {}

Pool::Pool(std::size_t processes)
    : Pool(PoolOptions{.processes = processes != 0
                                        ? processes
                                        : throw Error(Errc::bad_value, "make a pool of no workers")}) {}

Pool::Pool(Pool&& other) noexcept : core_(std::move(other.core_)), unwinding_(other.unwinding_) {}

Pool& Pool::operator=(Pool&& other) noexcept {
  if (this == &other) return *this;
  let_go();
  core_ = std::move(other.core_);
  unwinding_ = other.unwinding_;
  return *this;
}

Pool::~Pool() { let_go(); }

void Pool::let_go() noexcept {
  if (!core_) return;
  if (core_->owner() != os::own_pid()) {
    // In a fork there is no thread behind it: it cannot even be destroyed.
    new std::shared_ptr<pool::Core>(std::move(core_));
    return;
  }
  try {
    if (std::uncaught_exceptions() > unwinding_) {
      core_->terminate();
    } else {
      core_->close();
      (void)core_->join({});
    }
  } catch (...) {
  }
  core_.reset();
}

pool::Core& Pool::core() const {
  if (!core_) throw Error(Errc::closed, "use a pool that has been moved away");
  return *core_;
}

detail::Pending Pool::submit(Key function, const std::vector<Arguments>& calls, std::size_t chunk,
                             bool is_list) {
  const std::string name = detail::target_name(function);
  if (name.empty())
    throw Error(Errc::not_transferable, "hand a task to a pool",
                "BROOD_TARGET(function) registers a function");
  return detail::Pending(core().submit(name, calls, chunk, is_list));
}

void Pool::close() { core().close(); }
void Pool::terminate() { core().terminate(); }
void Pool::join() { (void)core().join({}); }
bool Pool::join_within(Timeout timeout) { return core().join(os::deadline_after(timeout)); }

}  // namespace brood
