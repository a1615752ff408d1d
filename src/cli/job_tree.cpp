// SPDX-License-Identifier: MIT
#include "cli/job_tree.hpp"

#include <map>
#include <set>

namespace brood::cli {
namespace {

using Children = std::map<JobId, std::vector<const JobInfo*>>;

// Ids grow, so a child has a larger one than its parent; what claims otherwise is no child.
JobTree tree_of(const JobInfo& info, const Children& children) {
  JobTree tree{info, {}};
  if (const auto found = children.find(info.id); found != children.end())
    for (const JobInfo* child : found->second) tree.children.push_back(tree_of(*child, children));
  return tree;
}

}  // namespace

std::vector<JobTree> job_trees(const std::vector<JobInfo>& jobs) {
  std::set<JobId> known;
  for (const JobInfo& info : jobs) known.insert(info.id);
  Children children;
  std::vector<const JobInfo*> roots;
  for (const JobInfo& info : jobs) {
    const auto parent = info.parent.job;
    if (parent && *parent < info.id && known.count(*parent))
      children[*parent].push_back(&info);
    else
      roots.push_back(&info);
  }
  std::vector<JobTree> trees;
  for (const JobInfo* root : roots) trees.push_back(tree_of(*root, children));
  return trees;
}

}  // namespace brood::cli
