"""What a person says to a run from outside: pause, deadline, halt, retry, priorities."""

import datetime
import json
import subprocess
import time

from harness import PROGRAM, DarkroomTest, Simulator, main

QUICK = {"latency": {"base_ms": 20, "per_megapixel_ms": 0, "tail_sigma": 0}, "art": "flat"}
SLOW = {**QUICK, "latency": {"base_ms": 300, "per_megapixel_ms": 0, "tail_sigma": 0}}


class Control(DarkroomTest):
    def start(self, manifest, *arguments):
        return subprocess.Popen([PROGRAM, "run", str(manifest), "-o", str(self.out), "--yes", "--json", "--progress",
                                 "plain", "-j", "4", *arguments],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment(),
                                cwd=self.folder)

    def lines(self, kind):
        path = self.out / "ledger.jsonl"
        if not path.exists():
            return []
        whole = path.read_text().rpartition("\n")[0]
        return [line for line in map(json.loads, whole.splitlines()) if line["type"] == kind]

    def wait_until(self, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what():
                return
            time.sleep(0.02)
        self.fail("it did not happen")

    def test_pause_and_continue_from_another_terminal(self):
        with Simulator(SLOW, self.folder) as simulator:
            manifest = self.studio(simulator, 40)
            process = self.start(manifest)
            self.wait_until(lambda: len(self.lines("intent")) >= 4)
            said = self.darkroom("pause", self.out).stdout
            self.assertIn("nothing new starts", said)
            self.wait_until(lambda: [line for line in self.lines("limit") if line["change"] == "paused"])
            self.assertIn("paused", self.darkroom("status", self.out).stdout)
            # What was in flight ends, and then nothing happens any more.
            self.wait_until(lambda: len(self.lines("attempt")) == len(self.lines("intent")))
            sent = len(self.lines("intent"))
            self.assertLess(sent, 40)
            time.sleep(1)
            self.assertEqual(len(self.lines("intent")), sent)
            self.assertIsNone(process.poll())
            self.assertIn("goes on", self.darkroom("continue", self.out).stdout)
            out, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
            self.assertEqual(json.loads(out)["items"]["done"], 40)
            self.assertIn("is not paused", self.darkroom("continue", self.out).stdout)

    def test_a_pause_outlives_the_run_and_ctrl_c_ends_it(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 6)
            self.run_manifest(manifest, "--limit", "1", expect=None)
            self.assertIn("the next one waits", self.darkroom("pause", self.out).stdout)
            process = self.start(manifest)
            self.wait_until(lambda: [line for line in self.lines("limit") if line["change"] == "paused"])
            process.terminate()
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 143, err)
            self.assertEqual(json.loads(out)["requests"], 0)
            self.assertIn("darkroom continue", err)
            self.darkroom("continue", self.out)
            self.assertEqual(self.run_manifest(manifest)["items"]["done"], 6)

    def test_pause_of_a_folder_without_a_run_is_4(self):
        self.darkroom("pause", self.folder / "nothing", expect=4)
        self.darkroom("continue", self.folder / "nothing", expect=4)
        self.darkroom("retry", self.folder / "nothing", expect=4)

    def test_the_deadline_ends_a_run_with_124(self):
        with Simulator(SLOW, self.folder) as simulator:
            manifest = self.studio(simulator, 200)
            soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2.5)
            finished = self.darkroom("run", manifest, "-o", self.out, "--yes", "--json", "-j", "4", "--deadline",
                                     soon.strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z", expect=124)
            ended = json.loads(finished.stdout)
            self.assertEqual(ended["unknown"], 0)
            self.assertGreater(ended["items"]["open"], 0)
            self.assertIn("too short", finished.stderr)
            self.assertIn("continue with", finished.stderr)
            self.assert_bill_equals_ledger(simulator.bill())
            self.assertIn("deadline reached", self.darkroom("status", self.out).stdout)

    def test_a_deadline_is_checked_before_anything_is_sent(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 1)
            for wrong in ("25:00", "noon", "2020-01-01T00:00:00Z"):
                self.darkroom("run", manifest, "-o", self.out, "--yes", "--deadline", wrong, expect=2)
            self.assertIn("deadline: ", self.darkroom("plan", manifest, "-o", self.out, "--deadline", "08:00").stdout)
            self.assertEqual(simulator.bill()["requests"], [])

    def test_halts(self):
        with Simulator({**QUICK, "moderated_words": ["number"]}, self.folder) as simulator:
            manifest = self.studio(simulator, 60)
            ended = self.run_manifest(manifest, "-j", "2", "--halt", "fail=3", expect=1)
            self.assertGreaterEqual(ended["items"]["failed"], 3)
            self.assertLessEqual(ended["items"]["failed"], 5)
            for wrong in ("fail", "fail=0", "fail=-1", "unknown=5%", "later,fail=1", "fail=101%", "fail=1.5"):
                self.darkroom("run", manifest, "-o", self.out, "--yes", "--halt", wrong, expect=2)

    def test_a_halt_for_lost_answers_that_gives_up_what_is_in_flight(self):
        with Simulator({**SLOW, "faults": {"cut_stream": 1}}, self.folder) as simulator:
            ended = self.run_manifest(self.studio(simulator, 60), "-j", "4", "--halt", "now,unknown=2",
                                      "--on-unknown", "retry", expect=None)
            self.assertLess(ended["requests"], 20)
            self.assertGreater(ended["items"]["open"] + ended["items"]["held"], 50)
            self.assert_bill_equals_ledger(simulator.bill())

    def test_retry_takes_what_was_given_up_and_nothing_else(self):
        with Simulator({**QUICK, "moderated_words": ["number 1 "]}, self.folder) as simulator:
            manifest = self.studio(simulator, 6)
            manifest.write_text(manifest.read_text().replace("picture number {{n}}", "picture number {{n}} here"))
            self.run_manifest(manifest, "--limit", "4", expect=1)
            requests = len(simulator.bill()["requests"])
            none = self.darkroom("retry", self.out, "--class", "bad_output", "--yes", "--json")
            self.assertEqual(json.loads(none.stdout)["requests"], 0)
            again = json.loads(self.darkroom("retry", self.out, "--class", "refused", "--yes", "--json", expect=1).stdout)
            self.assertEqual(again["requests"], 1)
            self.assertEqual(again["items"]["failed"], 1)
            self.assertEqual(len(simulator.bill()["requests"]), requests + 1)
            self.assertEqual(json.loads(self.darkroom("retry", self.out, "--yes", "--json", expect=1).stdout)["requests"], 1)
            self.assertIn("did you mean", self.darkroom("retry", self.out, "--class", "refuse", expect=2).stderr)
            # Another manifest of that name may say something else; one that is gone says where to look.
            manifest.rename(self.folder / "moved.yaml")
            self.assertIn("is not here", self.darkroom("retry", self.out, expect=4).stderr)

    def test_what_was_lost_is_bought_again_by_name_alone(self):
        with Simulator({**QUICK, "faults": {"cut_stream": 1}}, self.folder) as simulator:
            self.run_manifest(self.studio(simulator, 2), expect=8)
            self.assertEqual(json.loads(self.darkroom("retry", self.out, "--yes", "--json").stdout)["requests"], 0)
            again = self.darkroom("retry", self.out, "--class", "unknown", "--yes", "--json", expect=8)
            self.assertEqual(json.loads(again.stdout)["requests"], 2)

    def test_priorities_decide_who_is_sent_first(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 10)
            manifest.write_text(manifest.read_text() + """
  - { id: "second-{{n}}", matrix: { n: [1, 2, 3] }, prompt: "turn {{n}}" }
  - { id: "urgent-{{n}}", matrix: { n: [1, 2, 3] }, prompt: "urgent {{n}}", priority: 10 }
""")
            self.run_manifest(manifest, "-j", "1")
            order = [line["item"] for line in self.lines("intent")]
            self.assertEqual(order[:3], ["urgent-1", "urgent-2", "urgent-3"])
            self.assertEqual(set(order[3:9]), {"item-0", "item-1", "item-2", "second-1", "second-2", "second-3"})


if __name__ == "__main__":
    main()
