// SPDX-License-Identifier: MIT
#pragma once

namespace brood {

/// First thing in main() of a program that uses start method `spawn` or `forkserver`, for a Process, a Pool or the jobs
/// of a Registry. Where this image was executed to be such a child, fork server or monitor, its whole life is spent here,
/// and this does not return; otherwise it returns at once. (multiprocessing: freeze_support, and the guard
/// `if __name__ == "__main__"`)
void init(int argc, char** argv);

}  // namespace brood
