"""Plans: what is promised before a run, kept in a file, and held against what the run did."""

import json

from harness import DarkroomTest, main

LOOKALIKE = """version: 1
name: shop
defaults:
  route: simulator
  model: gpt-image-2
  size: 1024x1024
  quality: {quality}
jobs:
  - {{ id: "lamp-{{{{n}}}}", rows: rows.csv, prompt: "a brass lamp, number {{{{n}}}}" }}
providers:
  simulator: {{ simulate: {{ art: flat, latency: {{ base_ms: 5, per_megapixel_ms: 0 }} }} }}
"""


class SavedPlan(DarkroomTest):
    def shop(self, rows=4, quality="low"):
        (self.folder / "rows.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(rows)))
        return self.write_manifest(LOOKALIKE.format(quality=quality), "shop.yaml")

    def save(self, *arguments, expect=0):
        return self.darkroom("plan", "shop.yaml", "--save", "night.plan", *arguments, expect=expect)

    def stale(self, *arguments):
        refused = self.darkroom("run", "night.plan", *arguments, expect=2)
        self.assertIn("night.plan is stale; nothing was sent", refused.stderr)
        return refused.stderr

    def test_what_was_planned_is_run_once_and_then_the_plan_is_stale(self):
        self.shop()
        saved = self.save("--detailed-exitcode", "--only", "lamp-[01]", expect=2)
        self.assertIn("saved: night.plan", saved.stdout)
        ran = self.darkroom("run", "night.plan", "--json")
        self.assertEqual(json.loads(ran.stdout)["items"]["done"], 2)
        refused = self.stale()
        self.assertIn("something was run since: the ledger of out/shop has", refused)
        self.assertIn("2 items changed", refused)
        self.assertIn("lamp-0: done instead of new (every output is there)", refused)
        self.assertIn("make it again with: darkroom plan shop.yaml --save night.plan", refused)
        again = self.darkroom("plan", "shop.yaml", "--only", "lamp-[01]", "--save", "night.plan",
                              "--detailed-exitcode")
        self.assertIn("2 done", again.stdout)
        self.assertEqual(self.darkroom("run", "night.plan").returncode, 0)

    def test_an_edited_manifest_or_changed_rows_are_said(self):
        self.shop()
        self.save()
        self.shop(quality="medium")
        refused = self.stale("-n")
        self.assertIn("shop.yaml was edited", refused)
        self.assertIn("4 items changed", refused)
        self.assertIn("lamp-0: asks for another picture than before", refused)
        self.shop(rows=6)
        refused = self.stale()
        self.assertNotIn("edited", refused)
        self.assertIn("2 items more than it has", refused)
        self.assertIn("lamp-4 is new in the manifest", refused)
        self.assertFalse((self.folder / "out/shop/ledger.jsonl").exists())

    def test_a_damaged_plan_and_a_command_line_of_its_own_are_refused(self):
        self.shop()
        self.save()
        plan = self.folder / "night.plan"
        whole = plan.read_bytes()
        self.assertIn("has chosen items, folder and cap already",
                      self.darkroom("run", "night.plan", "--limit", "1", expect=2).stderr)
        plan.write_bytes(whole.replace(b"lamp-3", b"lamp-9"))
        self.assertIn("damaged", self.darkroom("run", "night.plan", expect=2).stderr)
        plan.write_bytes(whole[:-20])
        self.assertIn("damaged", self.darkroom("run", "night.plan", expect=2).stderr)
        plan.write_bytes(whole.replace(b'{"darkroom_plan":1', b'{"darkroom_plan":7'))
        self.assertIn("another darkroom", self.darkroom("run", "night.plan", expect=2).stderr)
        (self.folder / "shop.yaml").unlink()
        plan.write_bytes(whole)
        self.assertIn("run it where it was made", self.darkroom("run", "night.plan", expect=4).stderr)

    def test_a_manifest_with_errors_saves_no_plan(self):
        self.shop()
        self.save()
        before = (self.folder / "night.plan").read_bytes()
        (self.folder / "rows.csv").write_text("n\n1\n1\n")
        self.save(expect=2)
        self.assertEqual((self.folder / "night.plan").read_bytes(), before)
        self.assertFalse((self.folder / "night.plan.part").exists())


class Estimate(DarkroomTest):
    def planned_and_paid(self, job):
        """The expected cost of a manifest with that job, and what it came to on the look-alike."""
        manifest = self.write_manifest("""version: 1
name: estimate
providers:
  simulator: { simulate: { art: flat, latency: { base_ms: 5, per_megapixel_ms: 0 } } }
defaults: { route: simulator, model: gpt-image-2, size: 1024x1024, quality: medium }
jobs:
""" + job)
        plan = self.darkroom("plan", manifest, "-o", self.out, "--json").stdout.splitlines()
        ran = self.run_manifest(manifest)
        return json.loads(plan[-1])["cost_usd"]["expected"], ran["cost_usd"]

    def assert_close(self, job):
        planned, paid = self.planned_and_paid(job)
        self.assertGreater(paid, 0)
        self.assertLess(abs(planned / paid - 1), 0.02, f"planned {planned}, paid {paid}")

    def test_plain_pictures_of_several_sizes(self):
        self.assert_close("""
  - id: "p-{{size}}-{{quality}}"
    matrix: { size: [1024x1024, 1536x1024, 2048x1152], quality: [low, medium, high] }
    size: "{{size}}"
    quality: "{{quality}}"
    prompt: "a brass lamp on an oak table, soft light from the left, editorial photograph"
""")

    def test_partial_images(self):
        self.assert_close("""
  - { id: partials, partial_images: 3, prompt: "a brass lamp on an oak table" }
""")

    def test_references_and_a_mask(self):
        self.paint_references()
        self.assert_close("""
  - id: "edit-{{quality}}"
    matrix: { quality: [low, high] }
    quality: "{{quality}}"
    references: [{ file: photo.png }, { file: other.png }]
    mask: photo.png
    prompt: "the same lamp on a beach at sunset"
""")

    def test_a_text_model_that_calls_the_image_tool(self):
        self.paint_references()
        self.assert_close("""
  - id: hero
    route: { provider: simulator, api: responses, model: gpt-5.5, image_model: gpt-image-2 }
    prompt: "a brass lamp on an oak table, soft light from the left"
  - id: edit
    route: { provider: simulator, api: responses, model: gpt-5.5, image_model: gpt-image-2 }
    references: [{ file: other.png }]
    prompt: "the same lamp on a beach at sunset"
""")

    def test_a_prompt_that_a_text_model_rewrites(self):
        self.assert_close("""
  - id: rewritten
    enrich: { model: gpt-5.4-mini, instructions: "Make it vivid, in one sentence." }
    prompt: "a brass lamp on an oak table"
""")

    def paint_references(self):
        """Two pictures of 1024x1024 with some transparent pixels, written without a library."""
        import struct
        import zlib

        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        for name, color in (("photo.png", b"\x40\x80\xc0"), ("other.png", b"\xc0\x80\x40")):
            rows = (b"\0" + (color + b"\0") * 512 + (color + b"\xff") * 512) * 1024
            (self.folder / name).write_bytes(
                b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1024, 1024, 8, 6, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    main()
