"""Every example manifest runs on the look-alike as a new user would run it; again, it buys nothing."""

import json
import pathlib
import subprocess
import sys

from harness import SOURCE, DarkroomTest, main

VALIDATOR = SOURCE / "tests/ledger/validate_ledger.py"


class Examples(DarkroomTest):
    def run_example(self, name, items, files, expect=(0,)):
        manifest = SOURCE / "manifests" / name
        self.darkroom("validate", manifest)
        finished = self.darkroom("run", manifest, "-o", self.out, "--json", expect=None)
        self.assertIn(finished.returncode, expect, finished.stderr)
        first = json.loads(finished.stdout)
        self.assertEqual(first["exit_code"], finished.returncode)
        self.assertEqual(sum(first["items"].values()), items)
        self.assertEqual(first["items"]["open"], 0)
        self.assertTrue(first["simulated"])
        if expect == (0,):
            self.assertEqual(first["items"]["done"], items)
            self.assertEqual(len(self.stored_files()), files)
        self.assert_folder_is_clean()
        self.assertTrue((self.out / "report.html").read_text().startswith("<!doctype html>"))
        subprocess.run([sys.executable, str(VALIDATOR), str(self.out / "ledger.jsonl")], check=True)

        before = {path: (self.out / path).stat().st_mtime_ns for path in self.stored_files()}
        again = json.loads(self.darkroom("run", manifest, "-o", self.out, "--json", expect=finished.returncode).stdout)
        self.assertEqual(again["requests"], 0)
        self.assertEqual(again["cost_usd"], 0)
        self.assertEqual(again["items"], first["items"])
        self.assertEqual({path: (self.out / path).stat().st_mtime_ns for path in self.stored_files()}, before)
        return first

    def test_quickstart(self):
        self.run_example("quickstart.yaml", 6, 12)

    def test_catalogue_in_bad_weather(self):
        first = self.run_example("catalogue.yaml", 48, 144, expect=(0, 1, 8))
        self.assertGreaterEqual(first["items"]["done"], 40)

    def test_blog_covers(self):
        self.run_example("blog-covers.yaml", 8, 24)

    def test_avatars(self):
        self.run_example("avatars.yaml", 6, 18)

    def test_ads(self):
        self.run_example("ads.yaml", 11, 22)

    def test_design_assistant(self):
        self.run_example("design-assistant.yaml", 3, 4)

    def test_story(self):
        self.run_example("story.yaml", 10, 10)

    def test_recover(self):
        self.run_example("recover.yaml", 4, 4)
        lines = self.attempts()
        self.assertEqual(len(lines), 4)
        self.assertGreater(sum(line["recovered"] for line in lines), 0)

    def test_cutouts(self):
        self.run_example("cutouts.yaml", 3, 9)

    def test_languages(self):
        first = self.run_example("languages.yaml", 6, 6)
        self.assertEqual((first["images"], first["reused"]), (2, 4))

    def test_every_example_is_tested_here(self):
        names = {path.name for path in (SOURCE / "manifests").glob("*.yaml")}
        text = pathlib.Path(__file__).read_text()
        self.assertEqual({name for name in names if f'"{name}"' not in text}, set())


if __name__ == "__main__":
    main()
