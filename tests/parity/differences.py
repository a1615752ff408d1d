"""Where brood deliberately does not do what multiprocessing does, and why.

This is the whole list: a difference that is not here fails the test, and so does one that is here and is none any more.
brood-multiprocessing(7) has the same titles, which the test checks.

    title    a line of the manual page
    why      in a sentence
    where    {case: keys}: what is compared and comes out differently
    methods  the start methods under which it does
    some     True where it depends on the version of Python, or on who wins a race in it: no difference is no failure
"""
import collections

Difference = collections.namedtuple("Difference", "title why where methods some")

EVERY = ("fork", "spawn", "forkserver")


def difference(title, why, where, methods=EVERY, some=False):
    return Difference(title, why, {case: keys.split() for case, keys in where.items()}, methods, some)


DIFFERENCES = [
    # --- because a target is a program
    difference("A job is called after its command",
               "In a table of jobs \"make\" says more than \"Process-3\", which is still its identity.",
               {"default_names": "default"}),
    difference("A name cannot be empty",
               "It could not be written on a command line, and an empty variable would pass for a choice.",
               {"default_names": "empty", "daemon_flag": "empty"}),
    difference("A death by SIGINT is one",
               "Python turns the signal into an exception and exits with 1; a program dies of it, and that is told.",
               {"interrupt": "exitcode"}),
    difference("A program that cannot be executed is an error of start",
               "Who starts it learns of it at once, with the reason and 126 or 127, and no job remains.",
               {"nothing_to_execute": "start"}),
    difference("A missing executable is an error of start",
               "Under spawn, Python only has a child that exits with 255.",
               {"nothing_to_execute": "executable"}, ("fork", "spawn")),
    difference("Standard input is the null device",
               "Python replaces only the object sys.stdin; programs that the child runs read what was meant for the "
               "caller. Under run it is the caller's.",
               {"standard_input": "start"}),
    difference("start closes the caller's descriptors",
               "A background job that kept them would hold pipes and locks of the caller. run and --inherit-fds keep "
               "them.",
               {"descriptors": "start"}, ("fork",)),
    # --- because a state directory is no process
    difference("A start method can be set again",
               "A state directory outlives processes; it has no moment at which it is too late, and asking fixes "
               "nothing.",
               {"start_methods": "after_asking again"}),
    difference("The default start method is fork",
               "Targets are executed, so nothing of a forked caller can harm them. Python has forkserver since 3.14.",
               {"start_methods": "default"}, some=True),
    difference("close takes the record away",
               "What is closed is unknown from then on: closing it again is an error, and its name can't be asked for.",
               {"close_rules": "again name"}),
    difference("The system's parent of a target is its monitor",
               "The monitor waits for it, so that the caller may leave. The parent on record is who asked.",
               {"parent_process": "system"}, ("fork", "spawn")),
    # --- because somebody waits at a shell
    difference("terminate sees it through",
               "It waits, and kills what has not ended in the grace time; it continues what is stopped.",
               {"term_ignored": "after_terminate", "stopped_child": "after_terminate"}),
    difference("join tells whether the time ran out",
               "124, where Python's join returns None in both cases.",
               {"join_timeouts": "tells_which"}),
    difference("A negative time is refused",
               "It comes from a mistake in a script. 0 asks once.",
               {"join_timeouts": "negative"}),
    difference("A wait of any length is a wait",
               "inf is without end, and so is what does not fit. Python raises OverflowError beyond 24 days.",
               {"absurd_timeouts": "inf huge"}),
    difference("Waiting for nothing is refused",
               "With an empty list and no timeout Python blocks for ever; an empty $ids is a mistake in a script.",
               {"waiting_for_nothing": "nothing_now nothing"}),
    difference("A job that is named twice counts once",
               "Two names may mean the same job. Python raises KeyError.",
               {"waiting_for_nothing": "twice"}),
    difference("wait --any answers with the first that is ready",
               "One more call tells of the next. Without --any, and with a timeout of 0, all that are ready are told.",
               {"waiting": "any"}),
    # --- because Python has a flaw there
    difference("A parent's death by signal ends its daemonic jobs",
               "Python ends daemonic children only when the parent ends in an orderly way.",
               {"parent_terminated": "daemon"}),
    difference("The sentinel tells of the target's end, not of who holds a descriptor",
               "In Python it is a pipe that grandchildren inherit and exec closes.",
               {"descendant_lives": "ready"}, ("fork", "spawn")),
    difference("A target that executes another program still lives",
               "In Python the pipe is closed by exec, and the sentinel is ready too early.",
               {"exec_in_child": "ready"}, ("fork",)),
    difference("Ended targets are reaped at once",
               "In Python they stay zombies until somebody asks.",
               {"living_children": "zombie"}, ("fork", "spawn")),
    difference("A parent's death is seen whatever siblings there are",
               "In Python a sibling holds the pipe that would tell.",
               {"parent_gone_with_sibling": "child"}, ("fork",)),
    difference("The fork server gives what the caller has now",
               "Environment, directory and umask come with each request. Python's children get what the server was "
               "born with.",
               {"environment": "variable umask"}, ("forkserver",)),
    difference("An exit status is never made up",
               "When its fork server is killed, Python gives 255 for children that live; in brood their monitors go on.",
               {"server_killed": "exitcode in_the_end"}, ("forkserver",)),
    difference("All that wait get the same status",
               "In Python, threads that join a child of the fork server at once may get 255 for it, for good.",
               {"concurrent_joins": "exitcode"}, ("forkserver",), some=True),
    difference("A caller that ignores SIGCHLD loses no status",
               "In Python such a child has no exit code and can never be closed.",
               {"sigchld_ignored": "exitcode alive close"}, ("fork", "spawn")),
    difference("start leaves the caller's signal mask alone",
               "Starting its helpers, Python unblocks SIGINT and SIGTERM in the caller.",
               {"signal_mask": "kept"}, ("spawn", "forkserver"), some=True),
    difference("A caller's blocked signals do not make a deaf job",
               "start gives a job an empty mask, so that it can be told to end.",
               {"signal_mask": "exitcode"}, some=True),
]

# What no command line can show.
WITHOUT_COUNTERPART = {
    "sys.exit with something that is no integer": "an executed program has only an integer to exit with",
    "the return value of the target": "an executed program has none but its exit status",
    "Pool: close, join and terminate": "there are no pools on the command line; jobs and wait --any make one",
}
