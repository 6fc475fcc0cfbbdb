"""What the end-to-end tests share: the real program, a look-alike server beside it, folders of their own.

Run by ctest with DARKROOM=path of the program and SOURCE=the checkout. Only the standard library is used here.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

PROGRAM = os.environ["DARKROOM"]
SOURCE = pathlib.Path(os.environ["SOURCE"])
CHARGED_OUTCOMES = {"delivered", "bad_output", "unknown"}


class Simulator:
    """`darkroom simulate` on a free port, stopped at the end of the with block."""

    def __init__(self, profile, folder):
        self.profile = pathlib.Path(folder) / "profile.json"
        self.profile.write_text(json.dumps(profile))

    def __enter__(self):
        self.process = subprocess.Popen(
            [PROGRAM, "simulate", "--listen", "127.0.0.1:0", "--profile", str(self.profile)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base_url = self.process.stdout.readline().strip()
        if not self.base_url.startswith("http://"):
            raise AssertionError(f"the look-alike did not start: {self.base_url!r}")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def get(self, path):
        root = self.base_url.rsplit("/v1", 1)[0]
        with urllib.request.urlopen(root + path, timeout=30) as answer:
            return json.load(answer)

    def bill(self):
        return self.get("/simulator/bill?details=1")


class DarkroomTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="darkroom-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.out = self.folder / "out"

    def darkroom(self, *arguments, expect=0, environment=None, cwd=None, timeout=280):
        """Runs the program to its end; returns the finished process with text output."""
        finished = subprocess.run([PROGRAM, *map(str, arguments)], cwd=cwd or self.folder, text=True,
                                  capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout,
                                  env=self.environment(environment))
        if expect is not None:
            self.assertEqual(finished.returncode, expect, f"{arguments}\n{finished.stdout}\n{finished.stderr}")
        return finished

    def environment(self, more=None):
        return {**os.environ, "CI": "true", "DARKROOM_STATE_DIR": str(self.folder / "state"), "STUDIO_KEY": "sk-canary-0123456789abcdef", **(more or {})}

    def run_manifest(self, manifest, *arguments, expect=0, environment=None):
        """`darkroom run` with JSON output; returns that document."""
        finished = self.darkroom("run", manifest, "-o", self.out, "--json", "--yes", *arguments, expect=expect,
                                 environment=environment)
        return json.loads(finished.stdout)

    def write_manifest(self, text, name="manifest.yaml"):
        path = self.folder / name
        path.write_text(text)
        return path

    def studio(self, simulator, items, *, defaults="", limits="", budget="", prices=""):
        """A manifest with `items` pictures from a look-alike server that is known as a paid gateway."""
        return self.write_manifest(f"""
version: 1
name: studio
{budget}
providers:
  studio:
    dialect: openai
    base_url: {simulator.base_url}
    api_key_env: STUDIO_KEY
    limits: {{ concurrency: 16{limits} }}
    {prices}
defaults:
  route: studio
  model: gpt-image-2
  size: 1024x640
  quality: low
  {defaults}
jobs:
  - id: "item-{{{{n}}}}"
    rows: [{", ".join(f"{{ n: {n} }}" for n in range(items))}]
    prompt: "picture number {{{{n}}}}"
""")

    def ledger(self):
        text = (self.out / "ledger.jsonl").read_text()
        self.assertTrue(text.endswith("\n"))
        return [json.loads(line) for line in text.splitlines()]

    def attempts(self):
        return [line for line in self.ledger() if line["type"] == "attempt"]

    def items(self):
        """The last item line of each id."""
        return {line["item"]: line for line in self.ledger() if line["type"] == "item"}

    def stored_files(self):
        """Every output in the folder, by path relative to it; kept partial images are apart."""
        own = {"ledger.jsonl", "report.html", "summary.json", "manifest.yaml", "ledger.torn"}
        found = set()
        for path in self.out.rglob("*"):
            relative = path.relative_to(self.out)
            if path.is_file() and relative.parts[0] not in (".darkroom", "partials") and str(relative) not in own:
                found.add(str(relative))
        return found

    def assert_folder_is_clean(self):
        """Every file the ledger names is there, whole; none else; nothing half made is left."""
        import hashlib
        expected = {}
        for line in self.items().values():
            for output in line["outputs"]:
                expected[output["path"]] = output
        self.assertEqual(self.stored_files(), set(expected))
        for path, output in expected.items():
            content = (self.out / path).read_bytes()
            self.assertEqual(len(content), output["bytes"], path)
            self.assertEqual(hashlib.sha256(content).hexdigest(), output["sha256"], path)
        partials = {partial["path"]: partial["bytes"] for line in self.attempts() for partial in line["partials"]}
        self.assertEqual({str(p.relative_to(self.out)): p.stat().st_size for p in self.out.glob("partials/*")}, partials)
        self.assertEqual([str(p) for p in self.out.rglob("*.part")], [])
        self.assertEqual(list((self.out / ".darkroom/received").iterdir()), [])

    def assert_bill_equals_ledger(self, bill):
        """charged == delivered + declared unknown: each charge of the look-alike is one attempt that the ledger
        counts as paid or possibly paid, and each picture the ledger calls delivered was charged."""
        charged = {entry["client_request_id"] for entry in bill["requests"] if entry["charged"]}
        paid = {line["client_request_id"] for line in self.attempts()
                if line["outcome"] in ("delivered", "bad_output") or line["possibly_billed"]}
        sure = {line["client_request_id"] for line in self.attempts() if line["outcome"] in ("delivered", "bad_output")}
        self.assertEqual(charged - paid, set(), "charged, and the ledger says it was free")
        self.assertEqual(sure - charged, set(), "the ledger says it was paid, and it was not charged")


def main():
    unittest.main(verbosity=2)
