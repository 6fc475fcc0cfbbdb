#!/usr/bin/python3
"""validate_ledger: holds ledgers against schemas/ledger.schema.json, line by line.

    validate_ledger.py LEDGER...

Says LEDGER:LINE: what is wrong, for the first 20 such lines, and exits with 1 if there was one; with 77 when
Debian's python3-jsonschema is not there, which ctest counts as skipped. A torn last line (no
newline) is expected and only mentioned.
"""

import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(77)

BAD_SHOWN_MAX = 20  # lines; the count at the end has them all
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "ledger.schema.json"


class Checker:
    def __init__(self, schema_path=SCHEMA):
        self.schema = json.loads(schema_path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.whole = jsonschema.Draft202012Validator(self.schema)
        # The part of one type alone: it says what is wrong, where oneOf only says that nothing fits.
        self.types = {
            kind: self.whole.evolve(schema={**self.schema, "oneOf": [{"$ref": f"#/$defs/{kind}"}],
                                            "properties": {}})
            for kind in self.schema["properties"]["type"]["enum"]
        }

    def problems(self, text):
        """Sentences about one line; none when it is right."""
        try:
            line = json.loads(text)
        except ValueError as error:
            return [f"not JSON: {error}"]
        kind = line.get("type") if isinstance(line, dict) else None
        if not isinstance(kind, str) or kind not in self.types:
            return [f"unknown type {kind!r}"]
        if self.whole.is_valid(line):
            return []
        found = []
        for error in self.types[kind].iter_errors(line):
            for inner in error.context or [error]:
                place = "/".join(str(step) for step in inner.absolute_path)
                found.append(f"{kind}: {place or 'line'}: {inner.message[:300]}")
        return found


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    checker = Checker()
    bad = 0
    lines = 0
    for path in paths:
        with open(path, "rb") as ledger:
            for number, raw in enumerate(ledger, start=1):
                if not raw.endswith(b"\n"):
                    print(f"{path}:{number}: torn last line, {len(raw)} bytes")
                    continue
                lines += 1
                try:
                    problems = checker.problems(raw.decode("utf-8"))
                except UnicodeDecodeError as error:
                    problems = [f"not UTF-8: {error}"]
                bad += bool(problems)
                if bad <= BAD_SHOWN_MAX:
                    for problem in problems:
                        print(f"{path}:{number}: {problem}")
    print(f"{lines} lines, {bad} of them wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
