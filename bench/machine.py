"""What the figures depend on besides the programs: the machine, and what else it does."""

import os
import platform
import time


def _first_line(path, otherwise=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return otherwise


def _cpuinfo(key):
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.split(":")[0].strip() == key:
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return ""


def filesystem(path):
    """The type of the file system that path is on, by its device."""
    device = os.stat(path).st_dev
    wanted, found = f"{os.major(device)}:{os.minor(device)}", "unknown"
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            fields, _, rest = line.partition(" - ")
            if fields.split()[2] == wanted:
                found = rest.split()[0]
    return found


def is_virtual():
    return "hypervisor" in _cpuinfo("flags").split()


def facts(places):
    return {
        "cpu": _cpuinfo("model name") or platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "virtual": is_virtual(),
        "governor": _first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "unknown"),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "kernel": platform.release(),
        "file_systems": {place.label: place.directory for place in places},
        "load_before": round(os.getloadavg()[0], 2),
        "user": "root" if os.geteuid() == 0 else "an ordinary one",
    }


def _cpu_times():
    values = [int(word) for word in _first_line("/proc/stat").split()[1:9]]
    return values[3] + values[4], sum(values)


def idle_share(seconds=0.3):
    """The share of its CPUs' time that the machine has nothing to do, looked at for so long."""
    idle, total = _cpu_times()
    time.sleep(seconds)
    idle_after, total_after = _cpu_times()
    return (idle_after - idle) / max(1, total_after - total)


def await_idle(patience, enough=0.93):
    """Waits up to so many seconds for a machine that does nothing else; returns the idle share in the end.

    Other work makes every hand-over between processes wait for a CPU, which costs milliseconds where microseconds are
    measured.
    """
    deadline = time.monotonic() + patience
    while (share := idle_share()) < enough and time.monotonic() < deadline:
        pass
    return share
