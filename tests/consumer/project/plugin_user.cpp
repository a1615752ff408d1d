// usage: plugin_user STATE-DIRECTORY
#include <cstdio>

extern "C" int plugin_exitcode(const char* state, const char* command);

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::printf("false: %d\n", plugin_exitcode(argv[1], "false"));
  std::printf("nowhere: %d\n", plugin_exitcode(argv[1], "/nowhere/to/be/found"));
}
