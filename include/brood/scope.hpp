// SPDX-License-Identifier: MIT
#pragma once

namespace brood {

/// How far a signal reaches.
enum class Scope {
  tree,         ///< the target and all its descendants, whatever their group or session
  target_only,  ///< the target alone, as multiprocessing does; its children are left as orphans
};

}  // namespace brood
