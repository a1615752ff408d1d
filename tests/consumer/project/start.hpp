#pragma once

#include <brood/registry.hpp>

brood::JobId start(brood::Registry& registry, const char* command);
