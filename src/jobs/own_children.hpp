// SPDX-License-Identifier: MIT
// Processes that this one has made and that live on by themselves. They are its children as long as it lives: those that
// have ended are taken away with the next start.
#pragma once

#include <sys/types.h>

namespace brood::jobs {

void remember_child(pid_t pid);
void reap_remembered();

}  // namespace brood::jobs
