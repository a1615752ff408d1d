// SPDX-License-Identifier: MIT
// The entry point of both test programs.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
