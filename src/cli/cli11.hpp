// SPDX-License-Identifier: MIT
// CLI11, without what <iostream> does at the start of every program that includes it: eight streams and a locale, 40 µs
// and a dozen pages, for two default arguments that are never used here. The streams are declared instead, and made
// when there is something to parse (StreamsOfCli11).
#pragma once

#include <istream>
#include <ostream>

#if defined(__GLIBCXX__) && !defined(_GLIBCXX_IOSTREAM)
#define _GLIBCXX_IOSTREAM 1
namespace std {
extern istream cin;
extern ostream cout;
extern ostream cerr;
extern ostream clog;
}  // namespace std
#endif

#include <CLI/CLI.hpp>

namespace brood::cli {

using StreamsOfCli11 = std::ios_base::Init;

}  // namespace brood::cli
