// SPDX-License-Identifier: MIT
// Replays a corpus without libFuzzer: each file of the directories that are named, or the file, and all that begin as
// it does, which is what a reader sees of something that was cut off.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

const char* current_file = "";
std::size_t current_size = 0;

// abort() comes from the thread that replays, never from inside another call of stdio: this much is safe here.
extern "C" void tell_place(int) {
  std::fprintf(stderr, "with the first %zu bytes of %s\n", current_size, current_file);
}

std::vector<std::string> files_below(const std::string& path) {
  std::vector<std::string> files;
  if (!fs::is_directory(path)) return {path};
  for (const auto& entry : fs::directory_iterator(path)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

void replay(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file && bytes.empty()) brood::fuzz::fail("the file can be read: " + path);
  current_file = path.c_str();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    current_size = size;
    // A copy of just this size: reading behind it is an error that AddressSanitizer sees.
    const std::vector<std::uint8_t> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    (void)LLVMFuzzerTestOneInput(copy.data(), copy.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, tell_place);
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i)
    for (const std::string& path : files_below(argv[i])) {
      replay(path);
      ++count;
    }
  std::printf("%zu inputs\n", count);
  if (count == 0) std::fprintf(stderr, "nothing to replay\n");
  return count == 0 ? 1 : 0;
}
