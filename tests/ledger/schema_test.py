#!/usr/bin/python3
"""schema_test: the schema takes every line that to_line() makes, and nothing that differs from one.

    schema_test.py PROGRAM      PROGRAM prints sample lines, see schema_samples.cpp
"""

import json
import subprocess
import sys

from validate_ledger import Checker

# Objects whose member names are data: row columns, header names, counted words.
FREE = {"variables", "rate_limit", "items_by_state", "attempts_by_outcome"}


def variants(value, path=()):
    """Yields (what was done, changed copy): each member left out, each object given one more."""
    if isinstance(value, dict) and not (path and path[-1] in FREE):
        for name in value:
            yield f"without {'/'.join((*path, name))}", {k: v for k, v in value.items() if k != name}
        yield f"with one more in /{'/'.join(path)}", {**value, "surprise": 1}
        for name, member in value.items():
            for what, changed in variants(member, (*path, name)):
                yield what, {**value, name: changed}
    elif isinstance(value, list):
        for index, member in enumerate(value):
            for what, changed in variants(member, (*path, str(index))):
                yield what, value[:index] + [changed] + value[index + 1:]


def wrong_kinds(line):
    for name in line:
        for wrong in ([[]], {"surprise": {}}):
            if not (name in FREE and isinstance(wrong, dict)):
                yield f"{name} = {wrong}", {**line, name: wrong}


def main(program):
    checker = Checker()
    output = subprocess.run([program], check=True, capture_output=True).stdout.decode("utf-8")
    lines = output.splitlines()
    failures = []
    kinds = set()
    refused = 0
    for text in lines:
        failures += [f"{problem}: {text[:300]}" for problem in checker.problems(text)]
        line = json.loads(text)
        kinds.add(line["type"])
        for what, changed in [*variants(line), *wrong_kinds(line)]:
            refused += 1
            if not checker.problems(json.dumps(changed)):
                failures.append(f"a line of type {line['type']} passed {what}")
    for missing in set(checker.types) - kinds:
        failures.append(f"no sample of type {missing}")
    print("\n".join(failures))
    print(f"{len(lines)} lines, {refused} variants, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
