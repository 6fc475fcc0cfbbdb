#!/usr/bin/python3
"""throughput: what a whole `darkroom run` costs for each picture, beside two plain clients measured in the same run.

A look-alike provider (`darkroom simulate`, a process of its own, no latency) serves pictures as large as photos. It
draws eight of them and repeats those. In every round the clients take turns at the same requests with the same
concurrency:

  quick     bench/naive_client.cpp: blocking threads, the answer whole in memory, simdjson, OpenSSL, a file
  careful   the same, with SHA-256, a full decode of the picture and a synced file, as darkroom does
  darkroom  the program: streams, ledger synced before each request, checks, thumbnail, report

Only ratios between lines of one table mean something: they share the machine, its load, its disk and the look-alike.
The look-alike works on the same processors, and what it takes is missing for the client, so the table says how much
that was. Processor time per image is the steadier figure; images/s also waits for the disk and for the neighbours.

  bench/throughput.py                     the table (about a minute)
  bench/throughput.py --memory 50 500     peak memory of `darkroom run` for 50 and for 500 pictures
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import typing

SOURCE = pathlib.Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
MODEL = "gpt-image-2"
# One run of one client that takes longer than this is stuck, not slow.
RUN_SECONDS_MAX = 300


class Sample(typing.NamedTuple):
    images_per_s: float
    cpu_ms: float        # of the client, per image, user and system
    rss_mb: float        # peak of the client
    lookalike_ms: float  # processor time of the look-alike meanwhile, per image
    file_mb: float       # bytes of the pictures, per image


class Lookalike:
    """`darkroom simulate` on a free port, stopped at the end of the with block."""

    def __init__(self, program, folder, art):
        self.program = program
        self.profile = folder / "profile.json"
        self.profile.write_text(json.dumps({"profile": "instant", "art": art}))

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.program, "simulate", "--listen", "127.0.0.1:0", "--profile", self.profile],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base_url = self.process.stdout.readline().strip()
        if not self.base_url.startswith("http://"):
            self.__exit__()
            sys.exit(f"throughput: the look-alike did not start: {self.base_url!r}")
        self.port = self.base_url.rsplit(":", 1)[1].split("/")[0]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def cpu_seconds(self):
        # Behind the program's name in parentheses: state is field 3, utime 14, stime 15 (proc(5)).
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


class Bench:
    def __init__(self, wanted, folder):
        self.wanted = wanted
        self.folder = folder
        self.darkroom_program = wanted.build / "engine/cli/darkroom"
        self.naive_program = wanted.build / "bench/naive_client"
        for program in (self.darkroom_program, self.naive_program):
            if not program.exists():
                sys.exit(f"throughput: {program} is missing; bench/README.md says how to build it")

    def measured(self, command, out, items, lookalike):
        """Runs a client to its end; `out` must then hold `items` pictures under items/ and is removed."""
        # The client's own output goes to a file: a pipe that nobody reads would stop it.
        with open(self.folder / "client.log", "w+") as log:
            served_before = lookalike.cpu_seconds()
            start = time.monotonic()
            client = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                                      stderr=log, cwd=self.folder,
                                      env={**os.environ, "CI": "true", "BENCH_KEY": "sk-bench"})
            signal.alarm(RUN_SECONDS_MAX)
            try:
                _, status, used = os.wait4(client.pid, 0)
            except BaseException:
                client.kill()
                client.wait()
                raise
            finally:
                signal.alarm(0)
            seconds = time.monotonic() - start
            client.returncode = os.waitstatus_to_exitcode(status)
            served = lookalike.cpu_seconds() - served_before
            if client.returncode != 0:
                log.seek(0)
                sys.exit(f"throughput: {command[0]} ended with {client.returncode}\n{log.read()[-2000:]}")
        files = [path.stat().st_size for path in (out / "items").iterdir()]
        if len(files) != items:
            sys.exit(f"throughput: {command[0]} stored {len(files)} pictures of {items}")
        shutil.rmtree(out)
        return Sample(items / seconds, (used.ru_utime + used.ru_stime) * 1000 / items, used.ru_maxrss / 1024,
                      served * 1000 / items, sum(files) / items / 1e6)

    def darkroom(self, items, lookalike):
        manifest = self.folder / "manifest.yaml"
        rows = ", ".join(f"{{ n: {n} }}" for n in range(items))
        manifest.write_text(f"""
version: 1
name: throughput
providers:
  bench:
    dialect: openai
    base_url: {lookalike.base_url}
    api_key_env: BENCH_KEY
    limits: {{ concurrency: {self.wanted.concurrency} }}
defaults:
  route: bench
  model: {MODEL}
  size: {self.wanted.size}
  quality: low
  stream: {"false" if self.wanted.plain else "true"}
  path: "items/{{{{id}}}}.{{{{ext}}}}"
  outputs: [{{ name: original, format: original }}]
jobs:
  - id: "item-{{{{n}}}}"
    rows: [{rows}]
    prompt: "picture number {{{{n}}}}"
""")
        out = self.folder / "out"
        command = [self.darkroom_program, "run", manifest, "-o", out, "-j", self.wanted.concurrency, "--yes",
                   "--progress", "none"]
        return self.measured(command, out, items, lookalike)

    def naive(self, kind, items, lookalike):
        out = self.folder / "naive"
        (out / "items").mkdir(parents=True)
        command = [self.naive_program, lookalike.port, MODEL, self.wanted.size, 0, items, self.wanted.concurrency,
                   out / "items", "plain" if self.wanted.plain else "stream", kind]
        return self.measured(command, out, items, lookalike)

    def rounds(self, lookalike):
        """Samples by client, in rounds; the clients change places from round to round."""
        items = self.wanted.items
        clients = {"quick": lambda: self.naive("quick", items, lookalike),
                   "careful": lambda: self.naive("careful", items, lookalike),
                   "darkroom": lambda: self.darkroom(items, lookalike)}
        samples = {name: [] for name in clients}
        start = time.monotonic()
        for number in range(-1, self.wanted.rounds):
            spent = time.monotonic() - start
            if number >= 1 and spent * (number + 2) / (number + 1) > self.wanted.seconds:
                print(f"(stopped after {number} rounds: another one would not fit into {self.wanted.seconds} s)\n")
                break
            for name in list(clients)[::1 if number % 2 == 0 else -1]:
                sample = clients[name]()
                if number >= 0:  # the first is the warm-up
                    samples[name].append(sample)
        return samples


def median_of(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def print_table(samples, wanted):
    rounds = len(samples["darkroom"])
    sizes = {name: median_of(taken, "file_mb") for name, taken in samples.items()}
    if max(sizes.values()) > 1.02 * min(sizes.values()):  # the look-alike varies them a little
        print(f"WARNING: the clients did not get pictures of one size, in MB: {sizes}")
    print(f"{wanted.items} pictures of {wanted.size}, {sizes['darkroom']:.2f} MB each, "
          f"{'plain JSON' if wanted.plain else 'streamed'}, {wanted.concurrency} at once, "
          f"median of {rounds} rounds after a warm-up, {os.cpu_count()} processors, "
          f"load {os.getloadavg()[0]:.1f}\n")
    print(f"{'client':<22}{'images/s':>12}{'CPU ms/image':>15}{'peak RSS MB':>14}"
          f"{'look-alike CPU ms/image':>26}{'its share':>12}")
    for name, taken in samples.items():
        own, served = median_of(taken, "cpu_ms"), median_of(taken, "lookalike_ms")
        print(f"{name:<22}{median_of(taken, 'images_per_s'):>12.1f}{own:>15.2f}{median_of(taken, 'rss_mb'):>14.1f}"
              f"{served:>26.1f}{served / (own + served):>12.0%}")
    for baseline in ("quick", "careful"):
        # Of each round by itself, so that a neighbour's load in one round hits both sides of a ratio.
        line = f"{'darkroom / ' + baseline:<22}"
        spans = []
        for field, width in (("images_per_s", 12), ("cpu_ms", 15), ("rss_mb", 14)):
            ratios = [getattr(ours, field) / getattr(theirs, field)
                      for ours, theirs in zip(samples["darkroom"], samples[baseline])]
            line += f"{statistics.median(ratios):>{width - 1}.2f}x"
            spans.append(f"{min(ratios):.2f}-{max(ratios):.2f}")
        print(f"{line}    from round to round: {', '.join(spans)}")
    own, served = median_of(samples["darkroom"], "cpu_ms"), median_of(samples["darkroom"], "lookalike_ms")
    busy = (own + served) * median_of(samples["darkroom"], "images_per_s") / 1000 / os.cpu_count()
    print(f"\nIn the darkroom rounds the look-alike took {served / (own + served):.0%} of their processor time, and "
          f"both together {busy:.0%}\nof what {os.cpu_count()} processors have; the rest was waiting for the disk and "
          f"the work of others. So images/s is no limit\nof the client: its own processor time alone would allow "
          f"{1000 / own:.0f} images/s on each processor.")

def print_memory(bench, lookalike, counts):
    bench.darkroom(min(counts), lookalike)  # warm-up
    print(f"{'pictures':>10}{'peak RSS MB':>14}{'CPU ms/image':>15}{'images/s':>12}")
    peaks = []
    for items in counts:
        sample = bench.darkroom(items, lookalike)
        peaks.append(sample.rss_mb)
        print(f"{items:>10}{sample.rss_mb:>14.1f}{sample.cpu_ms:>15.2f}{sample.images_per_s:>12.1f}", flush=True)
    print(f"\n{peaks[-1] / peaks[0]:.2f}x the memory for {counts[-1] / counts[0]:.0f}x the pictures")


def give_up(*_):
    raise TimeoutError(f"a client took more than {RUN_SECONDS_MAX} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build/bench", help="build folder")
    parser.add_argument("--items", type=int, default=64, help="pictures in each run [64]")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds, after a warm-up [3]")
    parser.add_argument("--concurrency", type=int, default=16, help="requests at once [16]")
    parser.add_argument("--size", default="1024x1024", help="of the pictures [1024x1024]")
    parser.add_argument("--art", default="grain", choices=["grain", "flat", "scene"],
                        help="grain: files as large as photos; flat: small files [grain]")
    parser.add_argument("--plain", action="store_true", help="one JSON document instead of a stream")
    parser.add_argument("--seconds", type=float, default=100, help="no further round that would end later [100]")
    parser.add_argument("--folder", type=pathlib.Path, help="where to store pictures for a while [$TMPDIR or /tmp]")
    parser.add_argument("--memory", type=int, nargs="+", metavar="N", help="only peak memory, for N pictures each")
    wanted = parser.parse_args()
    if min(wanted.items, wanted.rounds, wanted.concurrency, *(wanted.memory or [1])) < 1:
        parser.error("numbers start at 1")
    wanted.build = wanted.build.resolve()
    signal.signal(signal.SIGALRM, give_up)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="darkroom-throughput-", dir=wanted.folder))
    try:
        bench = Bench(wanted, folder)
        with Lookalike(bench.darkroom_program, folder, wanted.art) as lookalike:
            if wanted.memory:
                print_memory(bench, lookalike, wanted.memory)
            else:
                print_table(bench.rounds(lookalike), wanted)
        # A child's ru_maxrss begins with the memory of whoever started it: below this it says nothing.
        _, _, used = os.wait4(subprocess.Popen(["/bin/true"]).pid, 0)
        print(f"(peaks below {used.ru_maxrss / 1024:.0f} MB would be this script's own)")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
