#!/usr/bin/env python3
"""Compares what the parser knows (`brood describe`) with the help, man/brood.1 and the completions.

Conventions:
  man/brood.1     `.Ss NAME` opens the section of a command, `.It Fl -long` or `.It Fl s , Fl -long Ar VALUE`
                  documents an option. `.Ss Global options` holds the global ones; every other `.Ss ... options` is
                  shared by run, start and create.
  brood.bash      is asked, as bash does it.
  brood.fish      is asked, as fish does it.
  _brood          `_brood` passes the global options to _arguments, `_brood_commands` the commands to _describe;
                  `_brood_COMMAND` (dashes become underscores) passes the options of a command to _arguments.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

BROOD = os.path.abspath(sys.argv[1])
LAUNCHERS = ("run", "start", "create")
ANYWHERE = {"-h", "--help"}  # the parser gives these to every command; documented once
failures = []


def bad(where, what):
    failures.append(f"{where}: {what}")


def output(*argv, **options):
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    return done.stdout


def names_of(options):
    return {name for option in options for name in option["names"]}


def longs(names):
    return {name for name in names if name.startswith("--")}


def compare(where, known, wanted, allowed):
    for name in sorted(wanted - known):
        bad(where, f"lacks {name}")
    for name in sorted(known - allowed):
        bad(where, f"has {name}, which the parser does not know")


class Parser:
    """What `brood describe` says."""

    def __init__(self):
        try:
            tree = json.loads(output(BROOD, "describe"))
        except ValueError as error:
            sys.exit(f"brood describe: no JSON: {error}")
        self.globals = names_of(tree["global"])
        self.commands = {c["name"]: names_of(c["options"]) for c in tree["commands"]}
        if not self.commands:
            sys.exit("brood describe: no commands")

    def check_completion(self, where, commands, options_of):
        compare(f"{where}: commands", set(commands), set(self.commands), set(self.commands))
        everywhere = self.globals | ANYWHERE
        compare(f"{where}: global options", longs(options_of(None)), longs(self.globals), everywhere)
        for command, names in self.commands.items():
            wanted = longs(names - ANYWHERE - self.globals)
            compare(f"{where}: {command}", longs(options_of(command)), wanted, names | everywhere)


def check_help(parser):
    def shown(*words):
        return set(re.findall(r"(?<![\w-])--?[A-Za-z0-9][\w-]*", output(BROOD, *words, "--help")))

    text = output(BROOD, "--help")
    for command, names in parser.commands.items():
        if not re.search(rf"(?m)^\s*{re.escape(command)}\b", text):
            bad("brood --help", f"lacks the command {command}")
        for name in sorted(names - shown(command)):
            bad(f"brood {command} --help", f"lacks {name}")
    for name in sorted(parser.globals - shown()):
        bad("brood --help", f"lacks {name}")


def check_manual(parser, page="man/brood.1"):
    sections, lines, here = {}, {}, None
    with open(page, encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            if heading := re.match(r"\.S[sh]\s+(?:Ic\s+|Cm\s+)?\"?(.*?)\"?\s*$", line):
                here = heading[1] if line.startswith(".Ss") else None
                if here:
                    sections.setdefault(here, set())
                    lines.setdefault(here, number)
            elif here and line.startswith(".It Fl"):
                names = {f"-{n}" for n in re.findall(r"(?:\bFl\s+|\|\s*Fl\s+)(-?[A-Za-z0-9][\w-]*)", line)}
                sections[here] |= names
                known = known_in(parser, here)
                for name in sorted(names - known) if known is not None else []:
                    bad(f"{page}:{number}", f"documents {name}, which the parser does not know here ({here})")
    shared = set().union(*(names for title, names in sections.items() if is_shared(title)))
    documented_globals = sections.get("Global options", set())
    for name in sorted(parser.globals - documented_globals):
        bad(page, f"lacks {name} in .Ss Global options")
    for command, names in parser.commands.items():
        if command not in sections:
            bad(page, f"lacks .Ss {command}")
            continue
        found = sections[command] | documented_globals | ANYWHERE | (shared if command in LAUNCHERS else set())
        for name in sorted(names - found):
            bad(f"{page}:{lines[command]}", f"lacks {name} of {command}")


def is_shared(title):
    return title.endswith(" options") and title != "Global options"


def known_in(parser, title):
    """The options that may be documented under .Ss TITLE; None where any may."""
    if title == "Global options":
        return parser.globals | ANYWHERE
    if is_shared(title):
        return set().union(*(parser.commands.get(c, set()) for c in LAUNCHERS))
    if title in parser.commands:
        return parser.commands[title] | parser.globals | ANYWHERE
    return None


BASH = r"""
if [ -r /usr/share/bash-completion/bash_completion ]; then . /usr/share/bash-completion/bash_completion; fi
. "$1"; shift
declaration=$(complete -p brood) || exit 1
[[ $declaration =~ -F\ ([^ ]+) ]] || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
"${BASH_REMATCH[1]}" brood "${!#}" "${@: -2:1}" 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""

# _arguments and _describe print what they are given; calling a function shows what it would offer.
ZSH = r"""
emulate zsh
compdef() { : }
_arguments() { print -rl -- "$@"; return 1 }
_describe() {
  local word; for word in "$@"; do case $word in -*|*:*) ;; *) print -rl -- ${(P)word} ;; esac; done
}
words=(brood '') CURRENT=2 file=$1 name=$2
source $file >/dev/null 2>&1
whence -w $name >/dev/null || { exit 3 }
$name 2>/dev/null
exit 0
"""


def check_completions(parser, scratch):
    env = {"PATH": os.path.dirname(BROOD) + ":" + os.environ["PATH"], "HOME": scratch, "LC_ALL": "C.UTF-8",
           "XDG_CONFIG_HOME": scratch, "XDG_DATA_HOME": scratch, "BROOD_STATE_DIR": scratch + "/state"}
    bash, zsh, fish = (os.path.abspath("completions/" + f) for f in ("brood.bash", "_brood", "brood.fish"))

    def ask_bash(*words):
        # An empty directory: no file can be mistaken for a candidate.
        text = output("bash", "--norc", "-c", BASH, "bash", bash, "brood", *words, env=env, cwd=scratch)
        return {line.strip().rstrip("=") for line in text.splitlines() if line.strip()}

    def ask_fish(*words):
        line = " ".join(("brood", *words))
        text = output("fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]', fish, line,
                      env=env, cwd=scratch)
        return {row.split("\t")[0].rstrip("=") for row in text.splitlines() if row}

    def ask_zsh(function):
        done = subprocess.run(("zsh", "-f", "-c", ZSH, "zsh", zsh, function), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=env, cwd=scratch)
        if done.returncode == 3:
            bad("completions/_brood", f"lacks the function {function}")
        return done.stdout.splitlines()

    def zsh_options(function):
        specs = (re.sub(r"^(\([^)]*\))?\*?", "", line) for line in ask_zsh(function))
        found = (re.match(r"--?[A-Za-z0-9][A-Za-z0-9-]*?(?=-?[=+]|-?\[|:|$)", spec) for spec in specs)
        return {match[0] for match in found if match}

    def words(command):
        return (command, "--") if command else ("--",)

    parser.check_completion("completions/brood.bash", ask_bash(""), lambda c: ask_bash(*words(c)))
    parser.check_completion("completions/brood.fish", ask_fish(""), lambda c: ask_fish(*words(c)))
    parser.check_completion(
        "completions/_brood", {line.split(":")[0] for line in ask_zsh("_brood_commands") if ":" in line},
        lambda c: zsh_options("_brood_" + c.replace("-", "_") if c else "_brood"))


def main():
    parser = Parser()
    check_help(parser)
    check_manual(parser)
    with tempfile.TemporaryDirectory() as scratch:
        check_completions(parser, scratch)
    for failure in failures:
        print(failure)
    sys.exit(1 if failures else 0)


main()
