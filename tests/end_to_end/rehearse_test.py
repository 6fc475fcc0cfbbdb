"""`darkroom rehearse`: every example, nothing sent, nothing written; the same seed is the same ledger; marked folders."""

import hashlib
import json
import pathlib
import subprocess
import sys

from harness import SOURCE, DarkroomTest, main

VALIDATOR = SOURCE / "tests/ledger/validate_ledger.py"
START = ("--start", "2026-11-21T22:00Z")


class Rehearse(DarkroomTest):
    def rehearse(self, manifest, *arguments, environment=None):
        finished = self.darkroom("rehearse", manifest, "--json", *START, *arguments, environment=environment)
        return json.loads(finished.stdout)

    def assert_nothing_written(self):
        self.assertEqual([p for p in self.folder.rglob("*") if p.name != "manifest.yaml"], [])

    def test_every_example_rehearses_and_leaves_no_trace(self):
        for manifest in sorted((SOURCE / "manifests").glob("*.yaml")):
            with self.subTest(manifest=manifest.name):
                said = self.rehearse(manifest, "--seeds", 3)
                self.assertEqual(len(said["nights"]), 3)
                for night in said["nights"]:
                    self.assertEqual(night["items"]["open"], 0)
                    self.assertGreater(night["items"]["done"], 0)
                    self.assertGreater(night["cost_usd"], 0)
                self.assert_nothing_written()

    def test_words_for_people(self):
        said = self.darkroom("rehearse", SOURCE / "manifests/catalogue.yaml", "--seeds", 2).stdout
        for word in ("2 nights, seeds 1 to 2", "finish:", "cost:", "items:", "bound:", "nothing was sent"):
            self.assertIn(word, said)

    def test_the_same_seed_is_the_same_ledger_and_the_folder_is_marked(self):
        manifest = SOURCE / "manifests/catalogue.yaml"
        notes = self.folder / "notes"
        first = self.rehearse(manifest, "--seeds", 1, "-o", notes)
        ledger = (notes / "ledger.jsonl").read_bytes()
        self.assertEqual(hashlib.sha256(ledger).hexdigest(), first["nights"][0]["ledger_sha256"])
        self.assertEqual(ledger.count(b"\n"), first["nights"][0]["ledger_lines"])
        subprocess.run([sys.executable, str(VALIDATOR), str(notes / "ledger.jsonl")], check=True)
        self.assertIn("Rehearsal of catalogue", (notes / "report.html").read_text())
        self.assertEqual(json.loads((notes / "summary.json").read_text())["runs"][0]["id"], "rehearsal-1")
        again = self.rehearse(manifest, "--seeds", 1, "-o", notes)
        self.assertEqual((notes / "ledger.jsonl").read_bytes(), ledger)
        self.assertEqual(first["nights"], again["nights"])
        other = self.rehearse(manifest, "--seeds", 1, "--seed", 2)
        self.assertNotEqual(other["nights"][0]["ledger_sha256"], first["nights"][0]["ledger_sha256"])
        # A run keeps away from it.
        refused = self.darkroom("run", SOURCE / "manifests/quickstart.yaml", "-o", notes, "--yes", expect=2)
        self.assertIn("rehearsal", refused.stderr)
        self.assertEqual((notes / "ledger.jsonl").read_bytes(), ledger)

    def test_the_folder_of_a_run_is_never_written(self):
        manifest = SOURCE / "manifests/quickstart.yaml"
        self.run_manifest(manifest, "--limit", 2)
        before = {p: p.read_bytes() for p in self.out.rglob("*") if p.is_file()}
        refused = self.darkroom("rehearse", manifest, "-o", self.out, expect=2)
        self.assertIn("holds the ledger of a real run", refused.stderr)
        self.darkroom("rehearse", manifest, "-o", self.out, "--folder", self.out, expect=2)
        # What it has counts: four are left.
        said = self.rehearse(manifest, "--seeds", 1, "--folder", self.out)
        self.assertEqual(said["nights"][0]["items"]["done"], 6)
        self.assertEqual(said["nights"][0]["requests"], 4)
        self.assertEqual({p: p.read_bytes() for p in self.out.rglob("*") if p.is_file()}, before)

    def test_a_rehearsal_forecasts_its_run(self):
        manifest = self.write_manifest("""
version: 1
name: forecast
providers:
  simulator:
    limits: { concurrency: 4 }
    simulate: { art: flat, latency: { base_ms: 300, per_megapixel_ms: 0, tail_sigma: 0.3 },
                faults: { server_error: 0.05, wrong_size: 0.05 } }
defaults: { route: simulator, model: gpt-image-2, size: 1024x640, quality: low }
jobs:
  - { id: "item-{{n}}", rows: [%s], prompt: "picture number {{n}}" }
""" % ", ".join(f"{{ n: {n} }}" for n in range(40)))
        night = self.rehearse(manifest, "--seeds", 1)["nights"][0]
        real = self.run_manifest(manifest)
        # The look-alike draws its lots from what is asked: the same requests meet the same fates.
        self.assertEqual(night["items"], real["items"])
        self.assertEqual(night["cost_usd"], real["cost_usd"])
        self.assertEqual(night["requests"], real["requests"])
        self.assertGreater(night["wall_ms"], 3000)

    def test_real_providers_are_modelled_without_a_key(self):
        manifest = self.write_manifest("""
version: 1
name: real
budget: { max_cost_usd: 1 }
providers:
  openai: { limits: { images_per_minute: 20 } }
defaults: { route: openai, model: gpt-image-2, size: 1024x1024, quality: medium }
jobs:
  - { id: "item-{{n}}", rows: [%s], prompt: "picture number {{n}}" }
""" % ", ".join(f"{{ n: {n} }}" for n in range(60)))
        environment = {"OPENAI_API_KEY": ""}
        said = self.rehearse(manifest, "--seeds", 2, environment=environment)
        self.assertTrue(said["modelled"])
        for night in said["nights"]:
            self.assertLessEqual(night["cost_usd"], 1)
            self.assertEqual(night["exit_code"], 7)  # the cap
        stormy = self.rehearse(manifest, "--seeds", 1, "--profile", "stormy", environment=environment)
        self.assertGreater(len(stormy["nights"][0]["attempts"]), 1)

    def test_wrong_words_are_refused(self):
        manifest = SOURCE / "manifests/quickstart.yaml"
        self.assertIn("expected a time", self.darkroom("rehearse", manifest, "--start", "tonight", expect=2).stderr)
        self.assertIn("--profile", self.darkroom("rehearse", manifest, "--profile", "rainy", expect=2).stderr)
        self.darkroom("rehearse", pathlib.Path("nowhere.yaml"), expect=4)
        self.darkroom("rehearse", manifest, "--seeds", 0, expect=2)


if __name__ == "__main__":
    main()
