// SPDX-License-Identifier: MIT
// Only in the static executable, whose start-up code registers all unwind tables by hand: the first exception then sorts
// them, which takes milliseconds and dirties memory in every process that fails at anything. With the registration
// kept from happening (the linker's --wrap turns the calls to these), the unwinder finds the table that the linker has
// sorted beforehand.
extern "C" {

void __wrap___register_frame_info(const void*, void*);
void* __wrap___deregister_frame_info(const void*);

void __wrap___register_frame_info(const void*, void*) {}
void* __wrap___deregister_frame_info(const void*) { return nullptr; }

}  // extern "C"
