#!/usr/bin/python3
"""schema_test: the ledgers of some seeded worlds fit schemas/ledger.schema.json.

    schema_test.py TEST_PROOF

Exits with 77, which ctest counts as skipped, where python3-jsonschema is not there.
"""

import pathlib
import subprocess
import sys
import tempfile

VALIDATE = pathlib.Path(__file__).resolve().parents[1] / "ledger" / "validate_ledger.py"


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], f"--ledgers={folder}"], check=True)
        ledgers = sorted(pathlib.Path(folder).glob("*.jsonl"))
        if not ledgers:
            print("no ledger was written", file=sys.stderr)
            return 1
        return subprocess.run([sys.executable, "-B", VALIDATE, *ledgers], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
