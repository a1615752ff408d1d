// SPDX-License-Identifier: MIT
#pragma once

namespace brood::cli {

/// Covers the values of --env in the arguments of this process, which everybody on the machine can read for as long as
/// it runs. Whoever needs them must have a copy by then.
void cover_secret_words(int argc, char** argv) noexcept;

}  // namespace brood::cli
