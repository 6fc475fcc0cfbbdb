#!/usr/bin/python3
"""summary_schema_test: holds the summaries that PROGRAM prints, one a line, against the schema.

    summary_schema_test.py PROGRAM

Exits with 77 when Debian's python3-jsonschema is not there, which ctest counts as skipped.
"""

import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(77)

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "summary.schema.json"


def main(program):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    lines = subprocess.run([program], check=True, capture_output=True).stdout.decode("utf-8").splitlines()
    failures = 0
    for number, text in enumerate(lines, start=1):
        summary = json.loads(text)
        for error in validator.iter_errors(summary):
            failures += 1
            print(f"summary {number}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
        for name in summary:
            if validator.is_valid({k: v for k, v in summary.items() if k != name}):
                failures += 1
                print(f"summary {number} passed without {name}")
        if validator.is_valid({**summary, "surprise": 1}):
            failures += 1
            print(f"summary {number} passed with a surprise")
    print(f"{len(lines)} summaries, {failures} failures")
    return 1 if failures or not lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
