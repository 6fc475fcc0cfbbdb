"""What goes wrong ends with the right number and the right words, and never with a key in them."""

import json

from harness import SOURCE, DarkroomTest, Simulator, main

QUICK = {"latency": {"base_ms": 5, "per_megapixel_ms": 0, "tail_sigma": 0}, "art": "flat"}


class Failures(DarkroomTest):
    def test_a_wrong_key_stops_at_once_with_3(self):
        with Simulator({**QUICK, "api_key": "the-right-key"}, self.folder) as simulator:
            ended = self.run_manifest(self.studio(simulator, 40), "--no-probe", expect=3)
            self.assertEqual(ended["items"]["done"], 0)
            self.assertEqual(ended["items"]["open"], 40)
            self.assertLessEqual(ended["requests"], 16)
            self.assertEqual(ended["cost_usd"], 0)
            # Said once at the end, where no display has said it.
            again = self.darkroom("run", self.studio(simulator, 40), "-o", self.out, "--yes", "--no-probe", "--progress", "none",
                                  expect=3)
            self.assertEqual(again.stderr.count("stopped studio: account: invalid_api_key. Check the key"), 1)

    def test_a_missing_key_is_3_and_sends_nothing(self):
        with Simulator(QUICK, self.folder) as simulator:
            finished = self.darkroom("run", self.studio(simulator, 2), "-o", self.out, "--yes", expect=3,
                                     environment={"STUDIO_KEY": ""})
            self.assertIn("STUDIO_KEY", finished.stderr)
            self.assertEqual(simulator.bill()["requests"], [])

    def test_a_model_that_is_not_there_is_4(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 3)
            manifest.write_text(manifest.read_text().replace("gpt-image-2", "gpt-image-9"))
            self.run_manifest(manifest, expect=4)

    def test_a_provider_that_is_down_is_5_and_costs_nothing(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 1)
        # The look-alike has stopped: nobody listens there now.
        text = manifest.read_text().replace("model: gpt-image-2", "model: gpt-image-2\n  retry: { max_attempts: 1 }")
        manifest.write_text(text)
        probed = self.darkroom("run", manifest, "-o", self.out, "--yes", expect=5)
        self.assertIn("nothing was sent", probed.stderr)
        self.assertFalse((self.out / "ledger.jsonl").exists())
        ended = self.run_manifest(manifest, "--no-probe", expect=5)
        self.assertEqual(ended["cost_usd"], 0)
        self.assertEqual({line["outcome"] for line in self.attempts()}, {"not_sent"})

    def test_moderation_fails_the_item_and_is_not_tried_again(self):
        with Simulator({**QUICK, "moderated_words": ["forbidden"]}, self.folder) as simulator:
            manifest = self.studio(simulator, 3)
            manifest.write_text(manifest.read_text().replace("picture number {{n}}", "forbidden picture {{n}}"))
            ended = self.run_manifest(manifest, expect=1)
            self.assertEqual(ended["items"]["failed"], 3)
            self.assertEqual(ended["requests"], 3)
            self.assertEqual(self.run_manifest(manifest, expect=1)["requests"], 0)

    def test_wrong_sizes_are_found_on_the_pixels_and_set_aside(self):
        with Simulator({**QUICK, "faults": {"wrong_size": 1}}, self.folder) as simulator:
            ended = self.run_manifest(self.studio(simulator, 2), expect=1)
            self.assertEqual(ended["items"]["failed"], 2)
            self.assertEqual({line["outcome"] for line in self.attempts()}, {"bad_output"})
            self.assertGreater(ended["cost_usd"], 0)
            self.assertGreater(len(list((self.out / ".darkroom/quarantine").iterdir())), 0)
            self.assertEqual(self.stored_files(), set())
            self.assert_bill_equals_ledger(simulator.bill())

    def test_a_stalled_answer_ends_at_its_timeout(self):
        with Simulator({**QUICK, "faults": {"stall": 1}}, self.folder) as simulator:
            ended = self.run_manifest(self.studio(simulator, 2, defaults="timeout: 1s"), expect=8)
            self.assertEqual(ended["items"]["held"], 2)

    def test_a_manifest_error_is_2_and_a_missing_file_4(self):
        bad = self.write_manifest("version: 1\nname: x\njobs:\n  - id: a\n    promt: hello\n")
        finished = self.darkroom("run", bad, "-o", self.out, expect=2)
        self.assertIn("manifest.yaml:5:5", finished.stderr)
        self.assertIn("prompt", finished.stderr)
        self.assertFalse(self.out.exists())
        self.darkroom("run", "nowhere.yaml", expect=4)
        self.darkroom("frobnicate", expect=2)
        self.darkroom("status", "nowhere", expect=4)


class Secrets(DarkroomTest):
    def test_a_key_appears_in_no_file_and_no_output(self):
        canary = "sk-canary-0123456789abcdef"
        with Simulator({**QUICK, "api_key": "another-key"}, self.folder) as simulator:
            manifest = self.studio(simulator, 2)
            for arguments in ([], ["--no-probe", "--progress", "json"], ["--no-probe", "--progress", "plain"]):
                finished = self.darkroom("run", manifest, "-o", self.out, "--yes", *arguments, expect=3)
                self.assertNotIn(canary, finished.stdout + finished.stderr)
            self.assertNotIn(canary, self.darkroom("status", self.out).stdout)
            for path in self.out.rglob("*"):
                if path.is_file():
                    self.assertNotIn(canary.encode(), path.read_bytes(), path)

    def test_the_key_of_a_dotenv_file_is_used_and_hidden(self):
        with Simulator({**QUICK, "api_key": "dotenv-key-123456"}, self.folder) as simulator:
            manifest = self.studio(simulator, 1)
            (self.folder / ".env").write_text("# keys\nexport STUDIO_KEY='dotenv-key-123456'\n")
            environment = {"STUDIO_KEY": ""}
            ended = self.run_manifest(manifest, environment=environment)
            self.assertEqual(ended["items"]["done"], 1)
            for path in self.out.rglob("*"):
                if path.is_file():
                    self.assertNotIn(b"dotenv-key-123456", path.read_bytes(), path)


class Commands(DarkroomTest):
    def test_init_plan_run_status_report_as_the_readme_says(self):
        self.darkroom("init")
        self.darkroom("init", expect=2)  # never overwrites
        self.darkroom("validate", "darkroom.yaml")
        self.darkroom("plan", "darkroom.yaml")
        finished = self.darkroom("run", "darkroom.yaml")
        paths = finished.stdout.split()
        self.assertEqual(len(paths), 4)
        for path in paths:
            self.assertTrue((self.folder / path).is_file(), path)
        self.assertIn("report: out/starter/report.html", finished.stderr)
        self.assertIn("2 done", self.darkroom("status", "out/starter").stdout)
        (self.folder / "out/starter/report.html").unlink()
        self.darkroom("report", "out/starter")
        self.assertTrue((self.folder / "out/starter/report.html").exists())

    def test_help_names_every_command_and_schema_prints(self):
        text = self.darkroom("--help").stdout
        for command in ("run", "plan", "validate", "simulate", "report", "status", "schema", "init", "doctor"):
            self.assertIn(command, text)
            self.assertIn("Usage", self.darkroom(command, "--help").stdout)
        for name in ("manifest", "ledger"):
            self.assertEqual(self.darkroom("schema", name).stdout, (SOURCE / f"schemas/{name}.schema.json").read_text())

    def test_only_exclude_and_limit_choose_items(self):
        manifest = SOURCE / "manifests/quickstart.yaml"
        plan = lambda *more: len(self.darkroom("plan", manifest, "--json", *more).stdout.splitlines()) - 1
        self.assertEqual(plan(), 6)
        self.assertEqual(plan("--only", "lamp-*"), 2)
        self.assertEqual(plan("--exclude", "*-beach"), 3)
        self.assertEqual(plan("--limit", "4"), 4)
        self.assertEqual(plan("--only", "nothing"), 0)

    def test_a_new_output_is_made_from_the_original_for_nothing(self):
        text = (SOURCE / "manifests/quickstart.yaml").read_text()
        manifest = self.write_manifest(text)
        self.run_manifest(manifest)
        manifest.write_text(text.replace("    - { name: web,", "    - { name: tiny, format: jpeg, fit: { width: 64 } }\n    - { name: web,"))
        again = self.run_manifest(manifest)
        self.assertEqual(again["requests"], 0)
        self.assertEqual(again["items"]["done"], 6)
        self.assertEqual(len(self.stored_files()), 18)
        self.assert_folder_is_clean()

    def test_a_simulated_run_is_never_taken_for_a_real_one(self):
        with Simulator(QUICK, self.folder) as simulator:
            manifest = self.studio(simulator, 2)
            self.run_manifest(manifest, "--route", "simulator")
            self.assertEqual(simulator.bill()["requests"], [])
            # Real pictures never go where the look-alike's are, nor the other way round.
            refused = self.darkroom("run", manifest, "-o", self.out, "--yes", expect=2)
            self.assertIn("simulated", refused.stderr)
            self.assertEqual(simulator.bill()["requests"], [])
            self.darkroom("run", manifest, "--yes")
            self.assertEqual(len(simulator.bill()["requests"]), 2)
            self.darkroom("run", manifest, "--route", "simulator")
            self.assertTrue((self.folder / "out/studio.simulator/ledger.jsonl").exists())
            self.assertTrue(json.loads(self.darkroom("run", manifest, "--json").stdout)["simulated"] is False)


if __name__ == "__main__":
    main()
