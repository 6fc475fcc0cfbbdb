"""Rate limits with real processes: what the look-alike enforces in any 60 seconds, what is learned, and two runs with one key.

The short cases run everywhere and measure nothing that a slow machine changes. With DARKROOM_NIGHTLY=1 the bars are measured:
minutes each.
"""

import json
import os
import subprocess
import unittest
from datetime import datetime

import harness
from harness import DarkroomTest, Simulator

NIGHTLY = os.environ.get("DARKROOM_NIGHTLY") == "1"


def accepted(bill):
    """When each picture was accepted, in seconds, in order."""
    times = [datetime.fromisoformat(entry["time"].replace("Z", "+00:00")).timestamp() for entry in bill["requests"]
             if entry["outcome"] != "rate_limited"]
    return sorted(times)


def refused(bill):
    return sum(1 for entry in bill["requests"] if entry["outcome"] == "rate_limited")


def most_in_a_minute(times):
    most = oldest = 0
    for newest, time in enumerate(times):
        while times[oldest] + 60 <= time:
            oldest += 1
        most = max(most, newest - oldest + 1)
    return most


def use_after_the_first_minute(times, until, per_minute):
    """Pictures from one minute after the first to `until`, as a part of what is allowed in that time."""
    begin = times[0] + 60
    return sum(1 for time in times if begin <= time < until) / ((until - begin) / 60 * per_minute)


class LimitsTest(DarkroomTest):
    def profile(self, per_minute, headers=True, latency_ms=1000):
        return {"profile": "quick", "art": "flat", "latency": {"base_ms": latency_ms, "per_megapixel_ms": 0},
                "limits": {"images_per_minute": per_minute, "headers": headers}}

    def manifest_of(self, simulator, items, out, limits=", concurrency: 64"):
        """Each has its own, so that two runs do not make the same pictures."""
        return self.write_manifest(f"""
version: 1
name: {out}
providers:
  studio:
    base_url: {simulator.base_url}
    api_key_env: STUDIO_KEY
    limits: {{ {limits.lstrip(", ")} }}
defaults: {{ route: studio, model: gpt-image-2, size: 1024x640, quality: low }}
jobs:
  - id: "item-{{{{n}}}}"
    rows: [{", ".join(f"{{ n: {n} }}" for n in range(items))}]
    prompt: "{out} number {{{{n}}}}"
""", f"{out}.yaml")

    def start(self, simulator, items, out, *arguments, limits=", concurrency: 64"):
        """A run in the background."""
        manifest = self.manifest_of(simulator, items, out, limits)
        return subprocess.Popen([harness.PROGRAM, "run", str(manifest), "-o", str(self.folder / out), "--yes",
                                 "--progress", "none", *arguments], env=self.environment(), cwd=self.folder,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def bound_of(self, simulator, out, *arguments):
        """What binds a plan of 1,000 pictures, and whether that was learned."""
        told = self.darkroom("plan", str(self.manifest_of(simulator, 1000, out)), "--json", *arguments).stdout
        totals = json.loads(told.splitlines()[-1])
        return totals["binding"], totals["binding_learned"]

    def finish(self, run, expect=0):
        _, errors = run.communicate(timeout=800)
        self.assertEqual(run.returncode, expect, errors)
        return errors

    def ledger_of(self, out):
        return [json.loads(line) for line in (self.folder / out / "ledger.jsonl").read_text().splitlines()]

    def state(self):
        """What is remembered, of the only account."""
        [found] = (self.folder / "state/accounts").glob("*/limits.json")
        return json.loads(found.read_text())

    def test_a_limit_told_by_headers_is_kept_from_the_first_answers_on_and_remembered(self):
        with Simulator(self.profile(600, latency_ms=300), self.folder) as simulator:
            self.finish(self.start(simulator, 150, "one"))
            bill = simulator.bill()
            self.assertEqual(len(accepted(bill)), 150)
            self.assertLessEqual(refused(bill), 1)
            learned = [line for line in self.ledger_of("one") if line["type"] == "limit" and line["change"] == "learned"]
            self.assertEqual([(line["route"], line["reason"]) for line in learned],
                             [("studio/gpt-image-2", "images_per_minute: 600")])
            limits = self.state()["limits"]
            self.assertEqual([(one["model"], one["bucket"], one["per_minute"]) for one in limits],
                             [("gpt-image-2", "images_per_minute", 600)])
            # A plan and a second run know it, and learn nothing new.
            self.assertEqual(self.bound_of(simulator, "next"), ("images_per_minute", True))
            self.assertEqual(self.bound_of(simulator, "next", "--no-shared-limits")[1], False)
            wide = self.manifest_of(simulator, 1000, "next", limits="concurrency: 500")
            night = json.loads(self.darkroom("rehearse", str(wide), "--seeds", "1", "--json").stdout)
            self.assertEqual(max(night["bound_by"], key=night["bound_by"].get), "images_per_minute")
            self.finish(self.start(simulator, 20, "two"))
            self.assertEqual([line for line in self.ledger_of("two") if line["type"] == "limit"], [])
            doctor = self.darkroom("doctor", str(self.manifest_of(simulator, 2, "next"))).stdout
            self.assertIn("studio: earlier runs learned images_per_minute 600 for gpt-image-2\n", doctor)
            self.finish(self.start(simulator, 20, "three", "--no-shared-limits"))
            self.assertEqual(len([line for line in self.ledger_of("three") if line["type"] == "limit"]), 1)

    def test_nothing_in_the_state_folder_says_the_key_and_only_its_owner_reads_it(self):
        with Simulator(self.profile(600, latency_ms=50), self.folder) as simulator:
            self.finish(self.start(simulator, 5, "one"))
        state = self.folder / "state"
        self.assertEqual(state.stat().st_mode & 0o777, 0o700)
        for path in state.rglob("*"):
            self.assertNotIn("canary", str(path))
            if path.is_file():
                self.assertNotIn("canary", path.read_text())
        self.assertEqual([path for path in state.rglob("members/*")], [])

    def test_damaged_memory_and_a_folder_that_cannot_be_made_are_warnings(self):
        with Simulator(self.profile(600, latency_ms=50), self.folder) as simulator:
            self.finish(self.start(simulator, 5, "one"))
            [found] = (self.folder / "state/accounts").glob("*/limits.json")
            found.write_text("{ not json")
            self.finish(self.start(simulator, 5, "two"))
            warnings = [line["message"] for line in self.ledger_of("two") if line["type"] == "warning"]
            self.assertTrue(any("limits.json" in text for text in warnings), warnings)
            self.assertEqual(len(self.state()["limits"]), 1)  # learned and written again
            blocked = self.folder / "state/accounts"
            blocked.rename(self.folder / "aside")
            blocked.write_text("a file, where a folder should be")
            self.finish(self.start(simulator, 5, "three"))
            warnings = [line["message"] for line in self.ledger_of("three") if line["type"] == "warning"]
            self.assertTrue(any("not shared" in text for text in warnings), warnings)

    def test_two_runs_with_one_key_keep_the_limit_together_also_when_one_is_killed(self):
        with Simulator(self.profile(600, latency_ms=300), self.folder) as simulator:
            self.finish(self.start(simulator, 3, "first"))  # so that both know the limit
            runs = [self.start(simulator, 100, name) for name in ("left", "right")]
            for run in runs:
                self.finish(run)
            bill = simulator.bill()
            self.assertEqual(len(accepted(bill)), 203)
            self.assertEqual(refused(bill), 0)
            for name in ("left", "right"):
                lines = [line for line in self.ledger_of(name) if line["type"] == "limit"]
                self.assertIn("shared", [line["change"] for line in lines])
            # One that dies is noticed: the other does not wait for its share for ever.
            doomed = self.start(simulator, 5000, "doomed")
            while not (self.folder / "doomed/ledger.jsonl").exists():
                self.assertIsNone(doomed.poll())
            doomed.kill()
            doomed.communicate()
            self.finish(self.start(simulator, 30, "survivor"))
            self.assertEqual([path for path in (self.folder / "state").rglob("members/*")], [])

    @unittest.skipUnless(NIGHTLY, "minutes; DARKROOM_NIGHTLY=1")
    def test_bar_told_by_headers_only(self):
        with Simulator(self.profile(60, latency_ms=8000), self.folder) as simulator:
            self.finish(self.start(simulator, 330, "one"))
            self.judge(simulator.bill(), use=0.98, refusals=1)

    @unittest.skipUnless(NIGHTLY, "minutes; DARKROOM_NIGHTLY=1")
    def test_bar_told_by_the_text_of_a_429_only(self):
        with Simulator(self.profile(60, headers=False, latency_ms=8000), self.folder) as simulator:
            self.finish(self.start(simulator, 600, "one"))
            self.judge(simulator.bill(), use=0.95, refusals=0.02 * 600)

    @unittest.skipUnless(NIGHTLY, "minutes; DARKROOM_NIGHTLY=1")
    def test_bar_two_processes_with_one_key(self):
        with Simulator(self.profile(60, latency_ms=8000), self.folder) as simulator:
            runs = [self.start(simulator, 170, name) for name in ("left", "right")]
            for run in runs:
                self.finish(run)
            # Together they keep the limit, from the first minute to the last.
            self.judge(simulator.bill(), use=0.97, refusals=2)

    def judge(self, bill, use, refusals):
        times = accepted(bill)
        figures = {"accepted": len(times), "refused": refused(bill), "most in 60 s": most_in_a_minute(times),
                   "use": round(use_after_the_first_minute(times, times[-1], 60), 4)}
        print("\n   ", self.id().rsplit(".", 1)[1], figures)
        self.assertLessEqual(figures["most in 60 s"], 60)
        self.assertLessEqual(figures["refused"], refusals)
        self.assertGreaterEqual(figures["use"], use)


if __name__ == "__main__":
    harness.main()
