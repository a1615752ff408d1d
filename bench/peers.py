"""How the peers are called: queues, and supervisors with one service."""

import os
import shutil

import processes
from measure import Broken

FOREVER = "1000000"


def sleeper(pid_file):
    """A target that tells its pid and then sleeps as the same process."""
    return ["sh", "-c", f'echo $$ >"$0.new" && mv "$0.new" "$0" && exec sleep {FOREVER}', pid_file]


def await_sleeper(pid_file):
    """The pid of a sleeper, once it sleeps. Removes the file."""
    processes.await_that(lambda: os.path.exists(pid_file), "the target does not start")
    with open(pid_file, encoding="ascii") as file:
        pid = int(file.read())
    os.unlink(pid_file)
    processes.await_that(lambda: processes.name(pid) == "sleep" and processes.state(pid) == "S",
                         "the target does not sleep")
    return pid


def await_gone(pid):
    """A zombie has ended, too; whoever is its parent takes its time here and there."""
    if processes.state(pid) not in ("", "Z", "X"):
        raise Broken(f"the target {pid} still runs")


class Brood:
    """brood with a state directory of its own."""

    label = "brood"

    def __init__(self, shop, place, method=None):
        self.shop, self.env = shop, place.environment()
        if method:
            self.env["BROOD_START_METHOD"] = method

    def start(self, *target):
        took = self.shop.call.time([self.shop.brood, "start", "--", *target], self.env)
        self.job = self.shop.call.said()
        return took

    def waiter(self):
        return [self.shop.brood, "join", self.job]

    def wait(self, expected=0):
        return self.shop.call.time(self.waiter(), self.env, expected)

    def stop(self):
        return self.shop.call.time([self.shop.brood, "terminate", self.job], self.env)

    def finish(self):
        self.shop.settle()


class Nq:
    """nq looks at all files of its directory at each call: it gets an empty one for each job."""

    label = "nq"
    programs = ("nq",)

    def __init__(self, shop, place):
        self.shop, self.env = shop, place.environment()

    def start(self, *target):
        return self.shop.call.time(["nq", *target], self.env)

    def waiter(self):
        return ["nq", "-w"]

    def wait(self, expected=0):
        del expected  # it does not tell
        return self.shop.call.time(self.waiter(), self.env)

    def finish(self):
        self.shop.settle()
        shutil.rmtree(self.env["NQDIR"])
        os.mkdir(self.env["NQDIR"], 0o700)


class Tsp:
    """task-spooler, with its server, which is there before anything is timed."""

    label = "tsp"
    programs = ("tsp",)

    def __init__(self, shop, place, slots=1):
        self.shop, self.env = shop, place.environment()
        self.env["TS_SLOTS"] = str(slots)
        shop.call.time(["tsp"], self.env)
        processes.await_that(lambda: "tsp" in map(processes.name, processes.children()), "no server of tsp's starts")
        shop.hold()

    def start(self, *target):
        took = self.shop.call.time(["tsp", *target], self.env)
        self.job = self.shop.call.said()
        return took

    def waiter(self):
        return ["tsp", "-w", self.job]

    def wait(self, expected=None):
        return self.shop.call.time(self.waiter(), self.env, expected)

    def stop(self):
        return self.shop.call.time(["tsp", "-k", self.job], self.env) + self.wait()

    def finish(self):
        self.shop.settle()
        self.shop.call.time(["tsp", "-C"], self.env)


class Service:
    """A service of a supervisor, which is down until it is started."""

    def __init__(self, shop, place):
        self.shop, self.env = shop, place.env
        self.directory = place.fresh(self.label)
        self.set_up()

    def script(self, target):
        """The service's directory as s6 and runit want it."""
        path = os.path.join(self.directory, "run")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in target) + "\n")
        os.chmod(path, 0o755)
        with open(os.path.join(self.directory, "down"), "w", encoding="ascii"):
            pass

    def supervise(self, argv, ready):
        self.shop.call.spawn(argv, self.env, out=self.shop.call.null)
        processes.await_that(lambda: os.path.exists(os.path.join(self.directory, ready)), f"{argv[0]} does not start")
        self.shop.hold()

    def run(self, *argv):
        return self.shop.call.time(list(argv), self.env)


class S6(Service):
    label = "s6-svc"
    programs = ("s6-supervise", "s6-svc")

    def set_up(self):
        self.pid_file = os.path.join(self.directory, "pid")
        self.script(sleeper(self.pid_file))
        self.supervise(["s6-supervise", self.directory], "supervise/status")

    def start(self):
        self.run("s6-svc", "-u", self.directory)

    def stop(self):
        return self.run("s6-svc", "-wD", "-d", self.directory)


class Runit(Service):
    label = "sv"
    programs = ("runsv", "sv")

    def set_up(self):
        self.pid_file = os.path.join(self.directory, "pid")
        self.script(sleeper(self.pid_file))
        self.supervise(["runsv", self.directory], "supervise/ok")

    def start(self):
        self.run("sv", "start", self.directory)

    def stop(self):
        return self.run("sv", "stop", self.directory)


class Supervisor(Service):
    label = "supervisorctl"
    programs = ("supervisord", "supervisorctl")

    def set_up(self):
        self.pid_file = os.path.join(self.directory, "pid")
        self.configuration = os.path.join(self.directory, "supervisord.conf")
        # The words of a command are split as a shell does it, and % is to be doubled.
        with open(os.path.join(self.directory, "target"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in sleeper(self.pid_file)) + "\n")
        os.chmod(file.name, 0o755)
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(f"""[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={self.directory}/supervisord.pid
childlogdir={self.directory}
[unix_http_server]
file={self.directory}/socket
[supervisorctl]
serverurl=unix://{self.directory}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:job]
command={self.directory}/target
autostart=false
autorestart=false
startsecs=0
""")
        self.supervise(["supervisord", "-c", self.configuration], "socket")

    def start(self):
        self.run("supervisorctl", "-c", self.configuration, "start", "job")

    def stop(self):
        return self.run("supervisorctl", "-c", self.configuration, "stop", "job")
