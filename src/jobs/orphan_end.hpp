// SPDX-License-Identifier: MIT
#pragma once

#include "jobs/liveness.hpp"

namespace brood::jobs {

/// The target of a job without keepers has ended, and `pidfd` was its own: how, says the kernel from Linux 6.15 on, if its
/// parent takes notice of it soon. Puts that on record. Nothing happens where it is not known, or cannot be written.
void record_orphans_end(const OpenJob& job, int pidfd) noexcept;

}  // namespace brood::jobs
