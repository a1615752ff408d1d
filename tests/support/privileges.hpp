// SPDX-License-Identifier: MIT
#pragma once

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <initializer_list>

namespace brood::test {

/// This process, and what it executes, do without these privileges of root from now on. For who has none it does nothing.
inline void give_up_privileges(std::initializer_list<int> capabilities) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return;
  for (const int capability : capabilities) {
    (void)::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    auto& half = data[capability / 32];
    const unsigned bit = ~(1u << (capability % 32));
    half.effective &= bit;
    half.permitted &= bit;
    half.inheritable &= bit;
  }
  (void)::syscall(SYS_capset, &header, data);
}

}  // namespace brood::test
