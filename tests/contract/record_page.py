#!/usr/bin/env python3
"""Compares a real record with docs/record-v1.schema.json and man/brood-record.5, and runs what the page shows."""
import json
import os
import re
import subprocess
import sys
import tempfile

BROOD = os.path.abspath(sys.argv[1])
PAGE = "man/brood-record.5"
SCHEMA = "docs/record-v1.schema.json"
failures = []


def bad(where, what):
    failures.append(f"{where}: {what}")


def literals(page):
    """The .Bd -literal blocks, as they would be printed."""
    blocks = re.findall(r"(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed$", page)
    return [block.replace(r"\e", "\\").replace(r"\&", "") for block in blocks]


def make_record(state):
    """A job that was asked for everything that leaves a trace in the record."""
    brood = (BROOD, "--state-dir", state)
    options = ["--name", "page", "--label", "k=v", "--cwd", "/", "--clear-env", "--unset", "X", "--env", "K=V",
               "--stdin", "/dev/null", "--stdout", "/dev/null", "--stderr", "/dev/null", "--split-logs",
               "--umask", "022", "--nice", "0", "--limit", "core=0", "--timeout", "1h", "--stop-signal", "INT",
               "--grace", "5", "--orphans", "wait"]
    subprocess.run((*brood, "start", *options, "--", "/bin/sh", "-c", "exit 3", b"caf\xe9"), check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run((*brood, "join", "1"), check=False)
    return os.path.join(state, "jobs/1/job.json")


def check_schema(value, schema, where):
    for key, inner in value.items():
        known = schema.get("properties", {}).get(key)
        if known is None:
            bad(SCHEMA, f"lacks {where}{key}")
        elif isinstance(inner, dict) and "properties" in known:
            check_schema(inner, known, f"{where}{key}.")
    for key in schema.get("required", []):
        if key not in value:
            bad(SCHEMA, f"requires {where}{key}, which a record does not have")


def fields_of(schema):
    for key, inner in schema.get("properties", {}).items():
        if not key.endswith("_hex"):
            yield key
        yield from fields_of(inner)
        yield from fields_of(inner.get("items", {}))


def check_page(page, schema):
    # Li is followed by several words, and the line may go on.
    named = set(re.findall(r"[a-z][a-z_]+", " ".join(re.findall(r"\bLi ([^\n]*)", page))))
    for field in sorted(set(fields_of(schema)) - named):
        bad(PAGE, f"does not name the field {field}")


def check_examples(page, path, record):
    blocks = literals(page)
    reader = next((block for block in blocks if "def read_record" in block), None)
    if reader is None:
        return bad(PAGE, "has no read_record in Python")
    names = {}
    exec(reader, names)  # pylint: disable=exec-used
    if names["read_record"](path) != record:
        bad(PAGE, "its read_record does not read a record")
    torn = path + ".torn"
    with open(path, "rb") as whole, open(torn, "wb") as file:
        file.write(whole.read().replace(b'"exitcode":3', b'"exitcode":4', 1))
    if names["read_record"](torn) is not None:
        bad(PAGE, "its read_record takes a torn record for a whole one")
    shown = next((block for block in blocks if block.startswith('{"check"')), "null")
    missing = [key for key in record if not key.endswith("_hex") and key not in json.loads(shown)]
    if missing:
        bad(PAGE, f"its example lacks {', '.join(missing)}")


def main():
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    with tempfile.TemporaryDirectory() as scratch:
        path = make_record(os.path.join(scratch, "state"))
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        check_schema(record, schema, "")
        check_page(page, schema)
        check_examples(page, path, record)
    for failure in failures:
        print(failure)
    sys.exit(1 if failures else 0)


main()
