"""What is shown: a table for people, and the same as JSON."""

import json
import os


def number(value):
    if value == 0:
        return "0"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


def quantity(value, unit):
    return f"{number(value)} {unit}".strip()


def verdict(row):
    if row.target is None:
        return ""
    of = f"{row.target:g}" + (f" {row.unit}" if row.ratio is None and row.target else "")
    return f"<= {of}: {'met' if row.met else 'missed'}"


HEAD = ("", "brood", "peer", "", "ratio", "quartiles", "target")


def lines(rows):
    """The rows of one figure, in columns."""
    cells = [HEAD]
    for row in rows:
        has_peer = row.ratio is not None
        cells.append((row.what, quantity(row.brood, row.unit), row.peer_name,
                      quantity(row.peer, row.unit) if has_peer else "",
                      f"{row.ratio:.2f}" if has_peer else "",
                      f"{row.low:.2f}-{row.high:.2f}" if has_peer and row.rounds > 1 else "", verdict(row)))
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    left = {0, 2, 6}
    for line in cells:
        yield "  " + "  ".join(text.ljust(width) if column in left else text.rjust(width)
                               for column, (text, width) in enumerate(zip(line, widths))).rstrip()


def machine_lines(version, facts, peers):
    cpu = f"{facts['cpus']} x {facts['cpu']}" + (", virtual" if facts["virtual"] else "")
    where = ", ".join(f"{label} ({path})" for label, path in facts["file_systems"].items())
    yield f"{version}; state directories: {where}"
    yield (f"{cpu}, governor {facts['governor']}, {facts['memory_mib']} MiB, Linux {facts['kernel']}, "
           f"as {facts['user']}")
    yield f"load {facts['load_before']}, idle {facts['idle_before']:.0%}" + (
        "" if facts["idle_before"] >= 0.93 else ": NOT an idle machine, take ratios with care and times not at all")
    if peers:
        yield "peers: " + ", ".join(f"{name} {version}" for name, version in peers.items())


def row_as_json(row):
    return {"what": row.what, "unit": row.unit, "brood": row.brood, "peer_name": row.peer_name or None,
            "peer": row.peer, "ratio": row.ratio, "ratio_low": row.low, "ratio_high": row.high, "target": row.target,
            "met": row.met, "rounds": row.rounds, "samples": row.samples}


def write_json(path, document):
    """The whole file or the old one: who reads it never sees a half."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    os.replace(path + ".new", path)
