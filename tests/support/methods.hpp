// SPDX-License-Identifier: MIT
// A program's children under each start method in turn.
#pragma once

#include <doctest/doctest.h>

#include "brood/context.hpp"
#include "brood/start_method.hpp"

namespace brood::test {

/// The fork server of this process stays as long as it does; a test case ends without it.
class ServerStop {
 public:
  ServerStop() = default;
  ~ServerStop() { (void)fork_server::stop(); }
  ServerStop(const ServerStop&) = delete;
  ServerStop& operator=(const ServerStop&) = delete;
};

template <class Body>
void under_each_method(Body body) {
  const ServerStop stop;
  for (const StartMethod method : start_methods()) {
    CAPTURE(to_string(method));
    body(method);
  }
}

}  // namespace brood::test
