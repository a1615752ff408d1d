#!/usr/bin/env bash
# Between fork and exec only async-signal-safe code may run: another thread of the parent may have held any lock.
# What the objects of src/launch/child call is checked against the list below.
set -eu
: "${BUILD_DIR:?the build directory to check}"

if grep -q '^BROOD_SANITIZE:STRING=.' "$BUILD_DIR/CMakeCache.txt"; then
  echo "skipped: a sanitizer build is not what users run"
  exit 77
fi

# Not on it, on purpose: setuid, setgid, setgroups and their kin. glibc makes every thread of the process follow
# them, with locks and signals; after vfork these are the parent's threads. The raw syscall changes this thread only.
allowed=(
  memchr memcmp memcpy memmove memset strchr strcmp strlen strnlen
  __errno_location environ _exit _GLOBAL_OFFSET_TABLE_
  execve execveat fexecve
  open open64 openat openat64 close close_range read write dup2 dup3 fcntl fcntl64 ioctl
  access faccessat fstat fstat64 lseek lseek64 ftruncate ftruncate64
  chdir fchdir umask
  getpid getppid getpgid getpgrp setpgid setsid tcsetpgrp kill raise prctl
  sigaction signal sigaddset sigdelset sigemptyset sigfillset sigprocmask pthread_sigmask
  getrlimit getrlimit64 setrlimit setrlimit64 prlimit prlimit64 getpriority setpriority
  sched_setaffinity sched_setscheduler clock_gettime poll syscall
)

mapfile -t objects < <(find "$BUILD_DIR/CMakeFiles/brood_child.dir" -name '*.o')
[ ${#objects[@]} -gt 0 ] || { echo "$BUILD_DIR: no objects of src/launch/child found"; exit 1; }

# nm prints "FILE: [VALUE] TYPE NAME"; what one object of the child defines, another may use.
nm -A -C "${objects[@]}" | sed "s|^$BUILD_DIR/CMakeFiles/brood_child.dir/||" | awk -v allowed="${allowed[*]}" '
  BEGIN { n = split(allowed, list, " "); for (i = 1; i <= n; i++) known[list[i]] = 1 }
  {
    file = $1; sub(/[.]o:.*/, "", file)
    rest = $0; sub(/^[^:]*:[0-9a-f]* */, "", rest)
    type = substr(rest, 1, 1); name = substr(rest, 3)
    if (type ~ /[Uw]/) used[file ": " name] = name
    else known[name] = 1
  }
  END {
    for (use in used) {
      if (used[use] in known) continue
      print use " is not on the list of async-signal-safe functions in tests/contract/child-symbols.sh"
      failed = 1
    }
    exit failed
  }'
