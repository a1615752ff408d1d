// SPDX-License-Identifier: MIT
#pragma once

namespace brood::cli {

/// Parses the command line, runs the command that it names, reports its failure; returns the exit status.
int run_app(int argc, char** argv);

}  // namespace brood::cli
