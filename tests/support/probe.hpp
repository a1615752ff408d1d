// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "brood/job_spec.hpp"

namespace brood::test {

using Words = std::vector<std::string>;

/// The command that makes the probe do `script` (see probe/probe.hpp).
inline Words probe(const Words& script) {
  Words argv{BROOD_PROBE};
  argv.insert(argv.end(), script.begin(), script.end());
  return argv;
}

/// A job that does it.
inline JobSpec probe_job(const Words& script) {
  JobSpec spec;
  spec.target = probe(script);
  return spec;
}

}  // namespace brood::test
