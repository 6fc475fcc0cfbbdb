#!/usr/bin/python3
"""rehearsal: how fast `darkroom rehearse` is, and how right.

  bench/rehearsal.py                      100,000 items, an eight-hour night: seconds and peak memory
  bench/rehearsal.py --items 10000        another number of them
  bench/rehearsal.py --against-runs       the forecast of two manifests beside their real runs on the look-alike: one that
                                          concurrency binds, one that a limit binds (about four minutes)

The night: pictures of 28 s in the median, 210 images a minute, 200 at once, one in a thousand lost and two of the wrong size. Speed belongs to a machine
and to what else it does; the seconds of processor time, beside the wall, say how much of it was ours.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent

NIGHT = """version: 1
name: night
budget: { max_cost_usd: 100000 }
providers:
  simulator:
    limits: { images_per_minute: 210, concurrency: 200 }
    simulate:
      latency: { base_ms: 20000, per_megapixel_ms: 8000, tail_sigma: 0.35 }
      limits: { images_per_minute: 210 }
      faults: { cut_stream: 0.001, wrong_size: 0.002 }
"""

CONCURRENCY_BOUND = """version: 1
name: bound-by-concurrency
providers:
  simulator:
    limits: { concurrency: 8 }
    simulate: { seed: 5, art: flat, latency: { base_ms: 2000, per_megapixel_ms: 500, tail_sigma: 0.35 } }
"""

LIMIT_BOUND = """version: 1
name: bound-by-a-limit
providers:
  simulator:
    limits: { images_per_minute: 120, concurrency: 32 }
    simulate:
      seed: 6
      art: flat
      latency: { base_ms: 2000, per_megapixel_ms: 500, tail_sigma: 0.35 }
      limits: { images_per_minute: 120 }
"""

JOBS = """
defaults:
  route: simulator
  model: gpt-image-2
  size: 1024x1024
  quality: medium
  path: "{{n}}/{{output}}.{{ext}}"
  outputs:
    - { name: master, format: original }
    - { name: web, format: webp, quality: 82, fit: { width: 640 } }
    - { name: thumb, format: jpeg, quality: 80, fit: { width: 320, height: 320, mode: cover } }
jobs:
  - id: "item-{{n}}"
    rows: rows.csv
    prompt: "{{title}}, plain seamless studio backdrop, editorial product photograph"
"""


def write(folder, head, items):
    with open(folder / "rows.csv", "w", encoding="utf-8") as rows:
        rows.write("n,title\n")
        for n in range(items):
            rows.write(f"{n},brass desk lamp model {n}\n")
    manifest = folder / "manifest.yaml"
    manifest.write_text(head + JOBS)
    return manifest


def run(program, folder, *arguments):
    """The JSON it printed, wall and processor seconds, peak memory in MB."""
    began = time.monotonic()
    with open(folder / "stdout", "w+", encoding="utf-8") as out:
        process = subprocess.Popen([program, *map(str, arguments)], cwd=folder, stdout=out,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"darkroom {arguments[0]} ended with status {process.returncode}")
        out.seek(0)
        document = json.loads(out.read())
    return document, time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def speed(program, items):
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name:
        folder = pathlib.Path(name)
        manifest = write(folder, NIGHT, items)
        said, wall, cpu, memory = run(program, folder, "rehearse", manifest, "--seeds", 1, "--json",
                                      "--start", "2026-11-21T22:00Z")
        hours = said["wall_ms"]["p50"] / 3.6e6
        print(f"{items} items, a night of {hours:.1f} h, ${said['cost_usd']['p50']:.0f}: {wall:.1f} s, "
              f"{cpu:.1f} s of a processor, {cpu / items * 1e6:.0f} us an item, {memory:.0f} MB")


def against_runs(program):
    print(f"{'':24}{'finish':>10}{'run':>10}{'':>8}{'cost':>10}{'run':>10}")
    for head, items in ((CONCURRENCY_BOUND, 240), (LIMIT_BOUND, 240)):
        with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name:
            folder = pathlib.Path(name)
            manifest = write(folder, head, items)
            said = run(program, folder, "rehearse", manifest, "--seeds", 1, "--json")[0]
            real = run(program, folder, "run", manifest, "--json", "--yes")[0]
            finish, took = said["wall_ms"]["p50"] / 1000, real["wall_ms"] / 1000
            cost, paid = said["cost_usd"]["p50"], real["cost_usd"]
            label = head.split("name: ")[1].split("\n", maxsplit=1)[0]
            print(f"{label:24}{finish:9.1f}s{took:9.1f}s{(took / finish - 1) * 100:+7.1f}%"
                  f"{cost:10.4f}{paid:10.4f}{(paid / cost - 1) * 100:+7.1f}%")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", default=SOURCE / "build/release/engine/cli/darkroom", type=pathlib.Path,
                         help="darkroom, built for release [build/release/engine/cli/darkroom]")
    options.add_argument("--items", default=100_000, type=int)
    options.add_argument("--against-runs", action="store_true")
    wanted = options.parse_args()
    program = wanted.program.resolve()
    if not program.exists():
        sys.exit(f"{program} is not there: ninja -C build/release darkroom")
    if wanted.against_runs:
        against_runs(program)
    else:
        speed(program, wanted.items)


if __name__ == "__main__":
    main()
