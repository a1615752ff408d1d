// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace brood {

/// How a process ended: by itself with a code, or by a signal. There is no third kind: an end that nobody saw has no
/// ExitStatus at all (state `lost`), so a code is never invented.
class ExitStatus {
 public:
  static ExitStatus exited(int code) noexcept { return ExitStatus(code & 0xff, 0, false); }
  static ExitStatus signalled(int signal, bool core_dumped) noexcept {
    return ExitStatus(0, signal, core_dumped);
  }

  bool is_signalled() const noexcept { return signal_ != 0; }
  int signal() const noexcept { return signal_; }  ///< 0 unless signalled
  bool core_dumped() const noexcept { return core_dumped_; }

  /// multiprocessing's `exitcode`: N, or -S for death by signal S.
  int exitcode() const noexcept { return signal_ ? -signal_ : code_; }
  /// What a shell would show: N, or 128+S.
  int shell_status() const noexcept { return signal_ ? 128 + signal_ : code_; }

  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;

 private:
  ExitStatus(int code, int signal, bool core) noexcept : code_(code), signal_(signal), core_dumped_(core) {}
  int code_;
  int signal_;
  bool core_dumped_;
};

}  // namespace brood
