"""kill -9, at moments that a seed chooses, against a look-alike that outlives every process and keeps a bill of its own.

CI kills a dozen times; DARKROOM_NIGHTLY=1 two hundred times; only kills of a process that lived are counted. DARKROOM_SEED
chooses other moments.
"""

import collections
import os
import random
import signal
import subprocess
import time
import urllib.error
import urllib.request

from harness import PROGRAM, DarkroomTest, Simulator, main

NIGHTLY = os.environ.get("DARKROOM_NIGHTLY") == "1"
SEED = int(os.environ.get("DARKROOM_SEED", "20261121"))
KILLS, KILLS_A_NIGHT = (200, 10) if NIGHTLY else (12, 6)
ITEMS = 80
PROFILE = {"latency": {"base_ms": 300, "per_megapixel_ms": 0, "tail_sigma": 0.5}, "art": "flat", "seed": 11}
WEATHER = {"cut_stream": 0.04, "bad_gateway": 0.02, "server_error": 0.02}


def manifest_of(simulator, *, api, policy):
    route = "{ provider: studio, api: responses, model: gpt-5.5 }" if api == "responses" else "studio"
    return f"""
version: 1
name: crash
providers:
  studio:
    dialect: simulator
    base_url: {simulator.base_url}
    api_key_env: STUDIO_KEY
    limits: {{ concurrency: 8 }}
defaults:
  route: {route}
  model: gpt-image-2
  size: 1024x640
  quality: low
  retry: {{ on_unknown: {policy} }}
  timeout: 20s
  path: "{{{{id}}}}/{{{{output}}}}.{{{{ext}}}}"
  outputs:
    - {{ name: master, format: original }}
    - {{ name: web, format: webp, fit: {{ width: 400 }} }}
jobs:
  - id: "item-{{{{n}}}}"
    rows: [{", ".join(f"{{ n: {n} }}" for n in range(ITEMS))}]
    prompt: "picture number {{{{n}}}}"
"""


class Crash(DarkroomTest):
    def run_and_kill(self, manifest, after):
        """True if it lived until it was killed; else it has ended well, with nothing left that it could do."""
        process = subprocess.Popen([PROGRAM, "run", str(manifest), "-o", str(self.out), "--yes", "--no-probe", "--progress", "none"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment(), cwd=self.folder)
        try:
            self.assertIn(process.wait(timeout=after), (0, 8))
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True

    def moment(self, chance):
        """Seconds: a fifth right after the start, while it plans and opens its first intents; the rest over its life."""
        return chance.uniform(0.0, 0.08) if chance.random() < 0.2 else chance.uniform(0.02, 3.2)

    def last_attempts(self):
        """What the ledger says of each attempt now: its last line, or its intent when it has none."""
        known = {}
        for line in self.ledger():
            if line["type"] in ("intent", "attempt"):
                known[line["key"], line["attempt"]] = line
        return known.values()

    def in_doubt(self):
        """Client request ids of what may have been charged, as far as the ledger knows."""
        return {line["client_request_id"] if line["type"] == "attempt" else f'{line["run"]}.{line["key"][:16]}.{line["attempt"]}'
                for line in self.last_attempts() if line["type"] == "intent" or line["possibly_billed"]}

    def still_held_by(self, simulator, response_id):
        try:
            return simulator.get(f"/v1/responses/{response_id}")["status"] != "failed"
        except urllib.error.HTTPError as error:
            self.assertEqual(error.code, 404)
            return False

    def check_money(self, simulator):
        """Returns how many charged pictures the ledger declares unknown."""
        charged = [entry for entry in simulator.bill()["requests"] if entry["charged"]]
        paid = {line["client_request_id"] for line in self.last_attempts()
                if line["type"] == "attempt" and line["outcome"] in ("delivered", "bad_output")}
        doubts = self.in_doubt()
        ids = {entry["client_request_id"] for entry in charged}
        self.assertEqual(len(ids), len(charged), "an attempt was charged twice")
        self.assertEqual(ids - paid - doubts, set(), "charged, and the ledger says it was free")
        self.assertEqual(paid - ids, set(), "the ledger says it was paid, and it was not charged")
        declared = [entry for entry in charged if entry["client_request_id"] in doubts]
        # What is settled is settled by what was used, to the token, where the answer came as far as that.
        used = {line["client_request_id"]: line["usage"] for line in self.last_attempts()
                if line["type"] == "attempt" and line["outcome"] == "delivered" and line["usage"]}
        for entry in charged:
            if entry["client_request_id"] in used:
                said = used[entry["client_request_id"]]
                self.assertEqual({name: said[name + "_tokens"] for name in entry["usage"]}, entry["usage"])
        return declared

    def assert_bought_once(self, simulator, but=()):
        """No picture that was charged was asked for again."""
        item_of = {line["client_request_id"]: line["item"] for line in self.attempts()}
        times = collections.Counter(item_of[entry["client_request_id"]]
                                    for entry in simulator.bill()["requests"] if entry["charged"])
        twice = {item: count for item, count in times.items() if count > 1 and item not in but}
        self.assertEqual(twice, {}, "paid twice")

    def nights(self, api, policy, kills, faults):
        chance = random.Random(f"{SEED} {api}")
        night = landed = 0
        totals = collections.Counter()
        while landed < kills:
            night += 1
            self.assertLessEqual(night, 2 * kills, "the moments are too late")
            self.out = self.folder / f"night-{night}"
            with Simulator({**PROFILE, "faults": faults}, self.folder) as simulator:
                manifest = self.write_manifest(manifest_of(simulator, api=api, policy=policy))
                for _ in range(min(kills - landed, KILLS_A_NIGHT)):
                    if not self.run_and_kill(manifest, self.moment(chance)):
                        break
                    landed += 1
                yield simulator, manifest, totals
        print(f"{api}/{policy}: {landed} kills in {night} nights, seed {SEED}: {dict(totals)}", flush=True)

    def test_a_killed_run_that_recovers_pays_for_nothing_twice_and_loses_nothing(self):
        for simulator, manifest, totals in self.nights("responses", "recover", KILLS, WEATHER):
            ended = self.run_manifest(manifest, "--no-probe", expect=None)
            for _ in range(5):  # what failed for nothing at the provider is bought by the next run
                if ended["items"]["open"] == 0:
                    break
                ended = self.run_manifest(manifest, "--no-probe", expect=None)
            declared = self.check_money(simulator)
            self.assert_bought_once(simulator)
            held = [entry["client_request_id"] for entry in declared if self.still_held_by(simulator, entry["response_id"])]
            self.assertEqual(held, [], "the provider still has it")
            self.assertEqual(ended["items"]["done"] + ended["items"]["held"], ITEMS, ended)
            self.assert_folder_is_clean()
            lines = self.attempts()
            totals["charged"] += sum(entry["charged"] for entry in simulator.bill()["requests"])
            totals["recovered"] += sum(line["recovered"] and line["outcome"] == "delivered" for line in lines)
            totals["unknown_that_was_charged"] += len(declared)
            totals["held"] += ended["items"]["held"]
            listed = self.darkroom("recon", self.out, "--list", "--json", expect=None)
            self.assertEqual(listed.returncode, 8 if self.in_doubt() else 0, listed.stdout)

    def test_without_recovery_nothing_is_paid_twice_and_what_was_lost_is_declared(self):
        kills = KILLS if NIGHTLY else KILLS // 2
        for simulator, manifest, totals in self.nights("images", "hold", kills, {}):
            ended = self.run_manifest(manifest, "--no-probe", expect=None)
            self.assertIn(ended["exit_code"], (0, 8))
            self.assertEqual(ended["items"]["done"] + ended["items"]["held"], ITEMS)
            declared = self.check_money(simulator)
            self.assert_bought_once(simulator)
            self.assert_folder_is_clean()
            totals["charged"] += sum(entry["charged"] for entry in simulator.bill()["requests"])
            totals["unknown_that_was_charged"] += len(declared)
            totals["held"] += ended["items"]["held"]
            # The same command again knows nothing better and buys nothing.
            again = self.run_manifest(manifest, "--no-probe", expect=None)
            self.assertEqual(again["requests"], 0)
            self.assertEqual(again["items"], ended["items"])


class Recon(DarkroomTest):
    def killed_on_the_wire(self, simulator, policy="recover", items=3, *, api="responses"):
        text = manifest_of(simulator, api=api, policy=policy).replace(
            ", ".join(f"{{ n: {n} }}" for n in range(ITEMS)), ", ".join(f"{{ n: {n} }}" for n in range(items)))
        manifest = self.write_manifest(text)
        process = subprocess.Popen([PROGRAM, "run", str(manifest), "-o", str(self.out), "--yes", "--no-probe", "--progress", "none"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment(), cwd=self.folder)
        wanted = '"type":"accepted"' if api == "responses" else '"type":"intent"'
        deadline = time.monotonic() + 60
        ledger = self.out / "ledger.jsonl"
        while not (ledger.exists() and ledger.read_text().count(wanted) >= items):
            self.assertLess(time.monotonic(), deadline, "no attempt was started")
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return manifest

    def recon(self, *arguments, expect):
        import json
        return json.loads(self.darkroom("recon", self.out, "--json", *arguments, expect=expect).stdout)

    def test_recon_lists_what_is_in_doubt_and_fetches_it(self):
        slow = {**PROFILE, "latency": {"base_ms": 1500, "per_megapixel_ms": 0, "tail_sigma": 0}}
        with Simulator(slow, self.folder) as simulator:
            manifest = self.killed_on_the_wire(simulator)
            listed = self.recon("--list", expect=8)
            self.assertEqual(len(listed["doubts"]), 3)
            self.assertEqual(listed["settled"], 0)
            one = listed["doubts"][0]
            self.assertEqual(one["route"], "studio/responses/gpt-image-2")
            self.assertTrue(one["response_id"].startswith("resp_"), one)
            self.assertIn("can be fetched", one["can"])
            self.assertAlmostEqual(sum(d["worst_case_usd"] for d in listed["doubts"]), listed["worst_case_usd"], places=6)
            self.assertIn("possibly billed", self.darkroom("status", self.out).stdout)
            # It waits for what the provider still works on.
            fetched = self.recon(expect=0)
            self.assertEqual((fetched["settled"], fetched["doubts"]), (3, []))
            bill = simulator.bill()
            self.assertEqual(len(bill["requests"]), 3)
            self.assert_bill_equals_ledger(bill)
            self.assert_folder_is_clean()
            self.assertEqual({line["state"] for line in self.items().values()}, {"done"})
            self.assertNotIn("possibly billed", self.darkroom("status", self.out).stdout)
            again = self.run_manifest(manifest)
            self.assertEqual((again["requests"], again["reused"]), (0, 3))
            self.assertEqual(self.recon(expect=0)["doubts"], [])

    def test_the_copy_of_the_manifest_serves_when_the_file_has_changed(self):
        with Simulator(PROFILE, self.folder) as simulator:
            manifest = self.killed_on_the_wire(simulator)
            manifest.write_text(manifest.read_text().replace("picture number", "another picture number"))
            self.assertEqual(self.recon(expect=0)["settled"], 3)
            self.assertEqual({line["state"] for line in self.items().values()}, {"done"})
            self.assertEqual(len(simulator.bill()["requests"]), 3)

    def test_what_a_person_found_out_is_written_down(self):
        slow = {**PROFILE, "latency": {"base_ms": 60_000, "per_megapixel_ms": 0, "tail_sigma": 0}}
        with Simulator(slow, self.folder) as simulator:
            manifest = self.killed_on_the_wire(simulator, "hold", api="images")
            self.darkroom("recon", self.out, "--settle", "item-9=free", expect=2)
            self.darkroom("recon", self.out, "--settle", "item-1=perhaps", expect=2)
            listed = self.recon(expect=8)
            self.assertIn("--settle", listed["doubts"][0]["can"])
            worst = listed["doubts"][0]["worst_case_usd"]
            left = self.recon("--settle", "item-0=free", "--settle", "item-1#1=charged", expect=8)
            self.assertEqual([doubt["item"] for doubt in left["doubts"]], ["item-2"])
            self.assertEqual(left["settled"], 2)
            spent = {line["item"]: line for line in self.attempts() if line["recovered"]}
            self.assertEqual((spent["item-0"]["outcome"], spent["item-0"]["cost_usd"]), ("overloaded", 0))
            self.assertEqual((spent["item-1"]["outcome"], spent["item-1"]["cost_usd"]), ("bad_output", worst))
            plan = self.darkroom("plan", manifest, "-o", self.out).stdout
            self.assertIn("2 retry, 1 held", plan)
            self.assertEqual(simulator.bill()["usd"], 0) # nothing has ended there yet

    def test_recover_where_answers_are_not_kept_is_said_before_anything_is_lost(self):
        with Simulator(PROFILE, self.folder) as simulator:
            manifest = self.write_manifest(manifest_of(simulator, api="images", policy="recover"))
            for command in (["validate", manifest], ["plan", manifest, "-o", self.out]):
                self.assertIn("keeps no answers", self.darkroom(*command).stderr)
            manifest = self.write_manifest(manifest_of(simulator, api="responses", policy="recover"))
            self.assertNotIn("keeps no answers", self.darkroom("validate", manifest).stderr)


if __name__ == "__main__":
    main()
