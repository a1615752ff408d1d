// SPDX-License-Identifier: MIT
#pragma once

namespace brood::test {

#if defined(__SANITIZE_THREAD__)
#define BROOD_TEST_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BROOD_TEST_UNDER_TSAN 1
#endif
#endif

/// ThreadSanitizer puts handlers and calls of its own between a program and the kernel: signals are handled later than
/// they come, _exit() writes what is in stdio's buffers, and a fork in another thread than the main one may hang. Cases
/// about exactly that are for other builds.
#ifdef BROOD_TEST_UNDER_TSAN
inline constexpr bool under_thread_sanitizer = true;
#else
inline constexpr bool under_thread_sanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__)
#define BROOD_TEST_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BROOD_TEST_UNDER_ASAN 1
#endif
#endif

/// UndefinedBehaviorSanitizer, which is built in together with AddressSanitizer, needs descriptors of its own to look at an
/// exception's type, and takes it for damaged where there are none.
#ifdef BROOD_TEST_UNDER_ASAN
inline constexpr bool under_address_sanitizer = true;
#else
inline constexpr bool under_address_sanitizer = false;
#endif

}  // namespace brood::test
