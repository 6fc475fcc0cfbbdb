"""Reuse: one content key is bought once, within a run and, with a cache, for several folders."""

import json
import os

from harness import DarkroomTest, Simulator, main

QUICK = {"latency": {"base_ms": 20, "per_megapixel_ms": 0, "tail_sigma": 0.3}, "art": "flat"}


class Reuse(DarkroomTest):
    def twins(self, simulator, name="manifest.yaml", top=""):
        """Six items, three pictures."""
        return self.write_manifest(f"""
version: 1
name: studio
{top}
providers:
  studio: {{ dialect: openai, base_url: "{simulator.base_url}", api_key_env: STUDIO_KEY, limits: {{ concurrency: 4 }} }}
defaults: {{ route: studio, model: gpt-image-2, size: 1024x640, quality: low }}
jobs:
  - id: "{{{{scene}}}}-{{{{use}}}}"
    matrix: {{ scene: [beach, studio, forest], use: [shop, print] }}
    prompt: "a lamp, {{{{scene}}}}"
    path: "{{{{use}}}}/{{{{scene}}}}.{{{{ext}}}}"
    outputs:
      - {{ name: main, format: webp, fit: {{ width: 320 }} }}
""", name)

    def charged(self, simulator):
        return sum(1 for entry in simulator.bill()["requests"] if entry["charged"])

    def run_into(self, out, manifest, *arguments, **options):
        self.out = self.folder / out
        return self.run_manifest(manifest, *arguments, **options)

    def test_items_of_one_key_are_bought_once_and_each_has_its_files(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.twins(simulator)
            plan = self.darkroom("plan", manifest, "-o", self.out).stdout
            self.assertIn("6 items: 3 new, 3 reuse", plan)
            self.assertIn("the same picture as 'beach-shop', bought once", plan)
            ended = self.run_manifest(manifest)
            self.assertEqual(ended["items"]["done"], 6)
            self.assertEqual(ended["reused"], 3)
            self.assertEqual(self.charged(simulator), 3)
            self.assertEqual(self.stored_files(), {f"{use}/{scene}.webp" for use in ("shop", "print")
                                                   for scene in ("beach", "studio", "forest")})
            self.assertEqual((self.out / "shop/beach.webp").read_bytes(), (self.out / "print/beach.webp").read_bytes())
            line = self.items()["beach-print"]
            self.assertEqual((line["same_as"], line["attempts"], line["cost_usd"]), ("beach-shop", 0, 0))
            self.assert_bill_equals_ledger(simulator.bill())
            self.assert_folder_is_clean()
            # What was kept for the others is gone, now that all are done.
            self.assertEqual(list((self.out / ".darkroom/kept").iterdir()), [])
            self.assertEqual(self.run_manifest(manifest)["requests"], 0)

    def test_a_part_of_them_can_be_made_first(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.twins(simulator)
            self.assertEqual(self.run_manifest(manifest, "--only", "*-print")["items"]["done"], 3)
            self.assertEqual(self.charged(simulator), 3)

    def test_a_cache_serves_several_folders(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.twins(simulator, top="cache: pictures")
            self.run_into("one", manifest)
            self.assertEqual(self.charged(simulator), 3)
            self.assertEqual(len(list((self.folder / "pictures").rglob("*.img"))), 3)
            plan = self.darkroom("plan", manifest, "-o", "two").stdout
            self.assertIn("6 items: 6 reuse", plan)
            self.assertRegex(plan, r"in the cache \S*pictures, bought 20\d\d-\d\d-\d\d for \$0\.\d+")
            ended = self.run_into("two", manifest)
            self.assertEqual((ended["requests"], ended["items"]["done"], ended["cost_usd"]), (0, 6, 0))
            self.assert_folder_is_clean()
            self.assertEqual(self.charged(simulator), 3)
            # No key and no prompt in it.
            for note in (self.folder / "pictures").rglob("*.json"):
                self.assertNotIn("lamp", note.read_text())
                self.assertNotIn("canary", note.read_text())
            # The flag comes before the environment, that before the manifest; an empty flag means none.
            elsewhere = {"DARKROOM_CACHE": str(self.folder / "other")}
            self.assertEqual(self.run_into("three", manifest, environment=elsewhere)["requests"], 3)
            self.assertEqual(self.run_into("four", manifest, "--cache", "pictures", environment=elsewhere)["requests"], 0)
            self.assertEqual(self.run_into("five", manifest, "--cache", "", environment=elsewhere)["requests"], 3)
            self.assertEqual(self.charged(simulator), 9)

    def test_a_damaged_entry_is_bought_anew(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.twins(simulator, top="cache: pictures")
            self.run_into("one", manifest)
            damaged = sorted((self.folder / "pictures").rglob("*.img"))[0]
            content = bytearray(damaged.read_bytes())
            content[len(content) // 2] ^= 1
            damaged.write_bytes(content)
            finished = self.darkroom("run", manifest, "-o", "two", "--yes", "--json")
            self.assertIn("not those that were bought", finished.stderr)
            self.assertEqual(json.loads(finished.stdout)["requests"], 1)
            self.assertEqual(self.run_into("three", manifest)["requests"], 0) # it is mended
            self.assertEqual(self.charged(simulator), 4)

    def test_a_cache_that_cannot_be_had_is_a_warning(self):
        with Simulator(QUICK, self.folder) as simulator:
            (self.folder / "in-the-way").write_text("a file")
            manifest = self.twins(simulator, top="cache: in-the-way/pictures")
            finished = self.darkroom("run", manifest, "-o", self.out, "--yes")
            self.assertIn("warning: no cache is used", finished.stderr)
            self.assertEqual(self.charged(simulator), 3)
            if os.geteuid() == 0:
                return # to root nothing is read-only
            manifest = self.twins(simulator, top="cache: pictures")
            self.run_into("one", manifest)
            for path in [self.folder / "pictures", *(self.folder / "pictures").iterdir()]:
                path.chmod(0o555)
            self.assertEqual(self.run_into("two", manifest)["requests"], 0)


if __name__ == "__main__":
    main()
