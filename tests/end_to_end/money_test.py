"""Money, against a look-alike that keeps a bill of its own."""

import json
import random
import signal
import subprocess
import time

from harness import PROGRAM, DarkroomTest, Simulator, main

QUICK = {"latency": {"base_ms": 20, "per_megapixel_ms": 0, "tail_sigma": 0.3}, "art": "flat"}
STORM = {**QUICK, "seed": 5,
         "faults": {"cut_stream": 0.05, "rate_limit_429": 0.05, "server_error": 0.03, "wrong_size": 0.02}}


class Bill(DarkroomTest):
    def test_a_storm_is_accounted_for_to_the_last_request(self):
        with Simulator(STORM, self.folder) as simulator:
            manifest = self.studio(simulator, 200)
            first = self.run_manifest(manifest, expect=None)
            self.assertEqual(first["items"]["open"], 0)
            self.assertEqual(sum(first["items"].values()), 200)
            self.assert_bill_equals_ledger(simulator.bill())
            self.assert_folder_is_clean()
            # What was lost is held, not bought again.
            states = {line["state"] for line in self.items().values()}
            self.assertLessEqual(states, {"done", "failed", "held"})
            self.assertEqual(first["items"]["held"], first["unknown"])
            again = self.run_manifest(manifest, expect=None)
            self.assertEqual(again["items"]["held"], first["items"]["held"])
            # A person may say: buy it again.
            last = self.run_manifest(manifest, "--on-unknown", "retry", expect=None)
            self.assertEqual(last["items"]["held"] + last["items"]["open"], last["items"]["held"])
            self.assert_bill_equals_ledger(simulator.bill())

    def test_the_cap_holds_with_many_streams(self):
        with Simulator({**QUICK, "seed": 9, "faults": {"cut_stream": 0.1}}, self.folder) as simulator:
            manifest = self.studio(simulator, 300, budget="budget: { max_cost_usd: 0.50 }", limits="")
            ended = self.run_manifest(manifest, "-j", "64", "--on-unknown", "retry", expect=7)
            self.assertLessEqual(ended["cost_usd"], 0.50)
            charged = simulator.bill()["usd"]
            self.assertLessEqual(charged, 0.50)
            self.assertGreater(ended["cost_usd"], 0.45)
            self.assertGreater(ended["items"]["open"], 0)
            # The cap is for the folder: the same command again spends nothing more than what is left.
            again = self.run_manifest(manifest, "-j", "64", "--on-unknown", "retry", expect=7)
            self.assertLessEqual(ended["cost_usd"] + again["cost_usd"], 0.50)
            self.assertLessEqual(simulator.bill()["usd"], 0.50)

    def test_500_streams_random_prices_and_five_dollars(self):
        """charged <= $5.00, and at least 99 % of it used while there is work that fits: with prices from $0.003 to
        $0.60, of which five dollars reserve a few dozen at once, and with cheap ones, of which 500 are under way."""
        for qualities, streams in ((["low", "low", "medium", "high"], 10), (["low"] * 199 + ["medium"], 500)):
            with self.subTest(streams=streams):
                self.five_dollars(qualities, streams)

    def five_dollars(self, qualities, streams):
        chance = random.Random(20261121)
        sizes = ["1024x640", "1024x1024", "1536x1024", "1024x1536", "1536x1536"]
        rows = ", ".join(f'{{ n: {n}, s: {chance.choice(sizes)}, q: {chance.choice(qualities)} }}' for n in range(1500))
        self.out = self.folder / f"out{streams}"
        with Simulator({**QUICK, "seed": 3, "latency": {"base_ms": 2000, "per_megapixel_ms": 100, "tail_sigma": 0.5},
                        "limits": {"images_per_minute": 1_000_000}}, self.folder) as simulator:
            manifest = self.write_manifest(f"""
version: 1
name: studio
budget: {{ max_cost_usd: 5 }}
providers:
  studio: {{ dialect: openai, base_url: {simulator.base_url}, api_key_env: STUDIO_KEY, limits: {{ concurrency: 500, images_per_minute: 1000000 }} }}
defaults: {{ route: studio, model: gpt-image-2, size: "{{{{s}}}}", quality: "{{{{q}}}}" }}
jobs:
  - id: "item-{{{{n}}}}"
    rows: [{rows}]
    prompt: "picture number {{{{n}}}}"
""")
            ended = self.run_manifest(manifest, "-j", "500", "--on-unknown", "retry", expect=7)
            charged = simulator.bill()["usd"]
            self.assertLessEqual(charged, 5.0)
            self.assertLessEqual(ended["cost_usd"], 5.0)
            self.assertGreaterEqual(ended["cost_usd"], 4.95)
            self.assertGreaterEqual(charged, 4.95)
            self.assertGreater(ended["items"]["open"], 0)
            self.assert_bill_equals_ledger(simulator.bill())
            self.assertGreaterEqual(self.most_at_once(), streams)

    def most_at_once(self):
        """Attempts that had their intent and not their settlement yet, by the ledger."""
        moments = []
        for line in self.ledger():
            if line["type"] == "intent":
                moments.append((line["time"], 1))
            elif line["type"] == "attempt":
                moments.append((line["time"], -1))
        now = most = 0
        for _, change in sorted(moments):
            now += change
            most = max(most, now)
        return most

    def test_a_job_and_a_day_have_purses_of_their_own(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 40, budget="budget: { max_cost_per_day_usd: 0.10 }")
            text = manifest.read_text()
            manifest.write_text(text + """
  - id: "small-{{n}}"
    rows: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, { n: 5 }, { n: 6 }, { n: 7 }, { n: 8 }, { n: 9 }]
    prompt: "another picture, number {{n}}"
    priority: 1
    budget: { max_cost_usd: 0.02 }
""")
            ended = self.run_manifest(manifest, expect=7)
            self.assertLessEqual(ended["cost_usd"], 0.10)
            purses = {line["purse"] for line in self.ledger() if line["type"] == "budget"}
            self.assertEqual(purses, {"day", "job small-{{n}}"})
            small = sum(line["cost_usd"] for line in self.attempts() if line["item"].startswith("small"))
            self.assertLessEqual(small, 0.02)
            self.assertGreater(small, 0)
            # Another run on the same day finds both spent, also under another name of the items.
            again = self.run_manifest(manifest, expect=7)
            self.assertLessEqual(ended["cost_usd"] + again["cost_usd"], 0.10)
            self.assertLessEqual(simulator.bill()["usd"], 0.10)

    def test_max_cost_caps_one_run(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 50)
            ended = self.run_manifest(manifest, "--max-cost", "0.05", expect=7)
            self.assertLessEqual(ended["cost_usd"], 0.05)
            self.assertLessEqual(simulator.bill()["usd"], 0.05)
            rest = self.run_manifest(manifest)
            self.assertEqual(rest["items"]["done"], 50)

    def test_an_unknown_price_is_not_zero_under_a_cap(self):
        with Simulator({**QUICK, "wire": {"any_model": True}}, self.folder) as simulator:
            manifest = self.studio(simulator, 2, budget="budget: { max_cost_usd: 1 }", defaults="model: mystery-1")
            text = manifest.read_text().replace("  model: gpt-image-2\n", "")
            manifest.write_text(text)
            self.assertEqual(self.run_manifest(manifest, expect=7)["requests"], 0)
            self.assertEqual(simulator.bill()["requests"], [])

    def test_real_money_needs_a_yes_off_a_terminal(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 2)
            finished = self.darkroom("run", manifest, "-o", self.out, expect=2)
            self.assertIn("--yes", finished.stderr)
            self.assertEqual(simulator.bill()["requests"], [])

    def test_plan_and_dry_run_send_nothing(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 3)
            self.darkroom("plan", manifest, "-o", self.out)
            self.darkroom("run", manifest, "-o", self.out, "--dry-run")
            self.darkroom("plan", manifest, "-o", self.out, "--detailed-exitcode", expect=2)
            lines = self.darkroom("plan", manifest, "-o", self.out, "--json").stdout.splitlines()
            self.assertEqual(len(lines), 4)
            self.assertEqual(json.loads(lines[0])["action"], "new")
            self.assertEqual(simulator.bill()["requests"], [])
            self.assertFalse(self.out.exists())
            self.run_manifest(manifest)
            self.darkroom("plan", manifest, "-o", self.out, "--detailed-exitcode", expect=0)


class Kill(DarkroomTest):
    def test_kill_9_at_thirty_random_moments(self):
        """Nothing that is done is paid again, nothing is lost, every final file is whole."""
        seed = 20261120
        chance = random.Random(seed)
        with Simulator({**QUICK, "latency": {"base_ms": 60, "per_megapixel_ms": 0, "tail_sigma": 0.8}}, self.folder) as simulator:
            manifest = self.studio(simulator, 150, defaults="""outputs:
    - { name: master, format: original }
    - { name: web, format: webp, fit: { width: 400 } }
  path: "{{id}}/{{output}}.{{ext}}\"""")
            command = [PROGRAM, "run", str(manifest), "-o", str(self.out), "--yes", "--progress", "none"]
            for kill in range(30):
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           env=self.environment(), cwd=self.folder)
                try:
                    process.wait(timeout=chance.uniform(0.01, 0.45))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
            ended = self.run_manifest(manifest, expect=None)
            self.assertIn(ended["exit_code"], (0, 8), f"seed {seed}")
            self.assertEqual(ended["items"]["done"] + ended["items"]["held"], 150)
            self.assert_bill_equals_ledger(simulator.bill())
            self.assert_folder_is_clean()
            # No picture that the ledger has as delivered was ever bought a second time.
            delivered = [line["item"] for line in self.attempts() if line["outcome"] == "delivered"]
            self.assertEqual(len(delivered), len(set(delivered)))
            self.assertEqual(len(delivered), ended["items"]["done"])
            # Those in doubt are bought again only on request, and then everything is there.
            last = self.run_manifest(manifest, "--on-unknown", "retry")
            self.assertEqual(last["items"]["done"], 150)
            self.assert_folder_is_clean()
            self.assert_bill_equals_ledger(simulator.bill())


class Stop(DarkroomTest):
    def start(self, manifest):
        return subprocess.Popen([PROGRAM, "run", str(manifest), "-o", str(self.out), "--yes", "--json", "--progress", "plain", "-j", "4"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment(), cwd=self.folder)

    def wait_for_attempts(self, count):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            ledger = self.out / "ledger.jsonl"
            if ledger.exists() and ledger.read_text().count('"type":"intent"') >= count:
                return
            time.sleep(0.01)
        self.fail("no attempt was started")

    def test_the_first_signal_finishes_what_is_paid_for(self):
        with Simulator({**QUICK, "latency": {"base_ms": 400, "per_megapixel_ms": 0, "tail_sigma": 0}}, self.folder) as simulator:
            process = self.start(self.studio(simulator, 60))
            self.wait_for_attempts(4)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
            ended = json.loads(out)
            self.assertEqual(process.returncode, 130, err)
            self.assertEqual(ended["unknown"], 0)
            self.assertGreaterEqual(ended["items"]["done"], 4)
            self.assertGreater(ended["items"]["open"], 0)
            self.assertIn("continue with", err)
            self.assert_bill_equals_ledger(simulator.bill())

    def test_the_second_signal_gives_up_and_says_what_may_be_billed(self):
        with Simulator({**QUICK, "latency": {"base_ms": 60000, "per_megapixel_ms": 0, "tail_sigma": 0}}, self.folder) as simulator:
            process = self.start(self.studio(simulator, 10))
            self.wait_for_attempts(4)
            process.send_signal(signal.SIGTERM)
            while "stopping" not in (line := process.stderr.readline()):
                self.assertTrue(line, "the first signal was not heard")
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 143, err)
            ended = json.loads(out)
            self.assertEqual(ended["unknown"], 4)
            self.assertEqual(ended["items"]["done"], 0)
            self.assertEqual({line["outcome"] for line in self.attempts()}, {"unknown"})

    def test_a_second_writer_is_kept_out(self):
        with Simulator({**QUICK, "latency": {"base_ms": 2000, "per_megapixel_ms": 0, "tail_sigma": 0}}, self.folder) as simulator:
            manifest = self.studio(simulator, 2)
            process = self.start(manifest)
            self.wait_for_attempts(2)
            finished = self.darkroom("run", manifest, "-o", self.out, "--yes", expect=1)
            self.assertIn("another run", finished.stderr)
            self.assertIn("running", self.darkroom("status", self.out).stdout)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    main()
