#include <brood/registry.hpp>

extern "C" [[gnu::visibility("default")]] int plugin_exitcode(const char* state, const char* command) {
  try {
    brood::Registry registry(state);
    brood::JobSpec spec;
    spec.target = {command};
    return registry.join(registry.start(spec))->exit_status->exitcode();
  } catch (const brood::Error& error) {
    return error.exit_status();
  }
}
