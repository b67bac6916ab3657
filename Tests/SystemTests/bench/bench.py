#!/usr/bin/env python3
"""Measures edged against a bare C responder on the same broker, machine and minute, and prints the ratios.

Figures of one kind are taken in turns with their floor, several rounds, and compared by their medians, since a shared
machine is never quiet. Nothing outside of a folder of its own is written, nothing listens beyond loopback.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

from figures import Figures
from processes import (
    SHOP, Broker, Edged, Headquarters, Loads, Problem, Process, certificate, commits, compiled, wait_until)

FLOOR = "floor/v1"
# How much longer a sync of the slow disk takes, in microseconds.
SLOWER = 20_000


def median(rows, name):
    return statistics.median(row[name] for row in rows)


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.figures = Figures()
        self.processes = []
        self.began = time.monotonic()

    def started(self, process):
        self.processes.append(process)
        return process.start()

    def ended(self, process):
        process.stop()
        self.processes.remove(process)

    def close(self):
        for process in reversed(self.processes):
            process.stop()

    def say(self, text):
        print(f"bench: {time.monotonic() - self.began:5.0f} s  {text}", flush=True)

    # The whole

    def run(self):
        self.tls = certificate(self.folder)
        self.broker = self.started(Broker("shop-broker", self.folder, self.tls))
        self.line = self.started(Broker("hq-broker", self.folder, self.tls))
        self.loads = Loads(self.broker.port, self.options.products)
        self.empty()
        self.feed()
        self.scans()
        self.reservations()
        self.scans_beside_reservations("with the real disk")
        self.slow_disk()
        self.queue()
        self.full()

    # Size, start and rest

    def empty(self):
        self.say("an empty shop, TLS on both links")
        edged = self.started(Edged(self.folder, "empty", self.broker, self.line, tls=self.tls, name="edged-empty"))
        edged.wait_said("headquarters.connected")
        ready = edged.ready_milliseconds
        time.sleep(2)
        self.figures.bounded("resident (PSS), empty, TLS on both links", edged.memory_kibibytes()[0] / 1024, "MiB",
                             at_most=12)
        before, seconds = edged.voluntary_switches(), self.options.idle_seconds
        time.sleep(seconds)
        self.figures.bounded("wake-ups of an idle shop", (edged.voluntary_switches() - before) / seconds, "/s",
                             at_most=1)
        self.ended(edged)
        self.figures.bounded("start to ready, empty", ready, "ms", at_most=150)

    def full(self):
        self.say("the stocked shop, TLS on both links")
        edged = self.started(Edged(self.folder, "state", self.broker, self.line, tls=self.tls))
        edged.wait_said("headquarters.connected")
        ready = edged.ready_milliseconds
        self.loads.run(devices=4, seconds=1)
        time.sleep(1)
        self.figures.bounded(f"resident (PSS), {self.options.products:,} stocked SKUs, TLS, after scans",
                             edged.memory_kibibytes()[0] / 1024, "MiB", at_most=14)
        self.ended(edged)
        self.figures.bounded(f"start to ready, {self.options.products:,} stocked SKUs", ready, "ms", at_most=150)

    def feed(self):
        self.say(f"feeding {self.options.products:,} products, their stock and the neighbours'")
        self.hq = self.started(Headquarters(self.folder, self.line, self.options.products))
        begin = time.monotonic()
        self.edged = self.started(Edged(self.folder, "state", self.broker, self.line))
        self.hq.wait_said('"fed":true', 240)
        seconds = time.monotonic() - begin
        self.figures.add("feed entries taken in", 3 * self.options.products / seconds, "/s")
        # The events of the opening have to be receipted before anything is measured beside them.
        self.wait_quiet()

    def wait_quiet(self, seconds=180):
        """Waits until headquarters has heard no event for two seconds."""
        state = [len(self.hq.bursts()), time.monotonic()]

        def quiet():
            count = len(self.hq.bursts())
            if count != state[0]:
                state[:] = [count, time.monotonic()]
            return time.monotonic() - state[1] > 2

        wait_until("the opening's events receipted", quiet, seconds)

    # The scan

    def scans(self):
        card = self.loads.run(devices=1, seconds=1)["bytes"]
        program = compiled(self.folder, "responder", "-lmosquitto")
        self.floor = self.started(Process("responder", [program, self.broker.port, FLOOR, card], self.folder))
        time.sleep(0.5)
        self.say(f"scans, the floor answering with a card of {card} bytes too")
        rate, seconds = self.options.scans_per_second, self.options.seconds
        paced, flat_out, alone = ([], []), ([], []), ([], [])
        for _ in range(self.options.rounds):
            for side, prefix in enumerate((FLOOR, "shop/v1")):
                alone[side].append(self.loads.run(prefix=prefix, devices=1, seconds=seconds / 2))
            for side, prefix in enumerate((FLOOR, "shop/v1")):
                paced[side].append(self.loads.run(prefix=prefix, devices=16, seconds=seconds, rate=rate))
            for side, prefix in enumerate((FLOOR, "shop/v1")):
                flat_out[side].append(self.loads.run(prefix=prefix, devices=16, seconds=seconds))
        self.figures.against("scan p50, one device, one after the other", median(alone[1], "p50"), "us",
                             median(alone[0], "p50"), at_most=1.15)
        self.figures.against(f"scan p50, 16 devices, {rate}/s", median(paced[1], "p50"), "us",
                             median(paced[0], "p50"), at_most=1.15)
        self.figures.against(f"scan p99, 16 devices, {rate}/s", median(paced[1], "p99"), "us",
                             median(paced[0], "p99"), at_most=1.3)
        self.figures.against("scans a second, 16 devices", median(flat_out[1], "perSecond"), "/s",
                             median(flat_out[0], "perSecond"), at_least=0.9)

    # What is durable

    def reservations(self):
        self.say("durable reservations")
        floors, raw, placed = [], [], []
        # Short and often: a shared disk is fast in one second and slow in the next.
        for _ in range(3 * self.options.rounds):
            floors.append(self.loads.run(prefix=FLOOR, devices=1, seconds=0.3))
            raw.append(commits(self.edged.state, 150))
            placed.append(self.reserve(devices=1, seconds=0.6, warm_up=5))
        floor, commit = median(floors, "p50"), median(raw, "p50")
        self.figures.add("raw SQLite FULL commit p50", commit, "us")
        budget = floor + 1.3 * commit
        self.figures.add("durable reservation p50", median(placed, "p50"), "us", budget,
                         median(placed, "p50") / budget, "<= floor + 1.3 commit", median(placed, "p50") <= budget)

    def reserve(self, **options):
        return self.loads.run(name="tablet", ask="reservation", **options)

    def scans_beside_reservations(self, circumstances):
        self.say(f"scans beside {self.options.reservations_per_second} reservations/s, {circumstances}")
        idle, beside, holds = [], [], []
        seconds = self.options.seconds
        for _ in range(self.options.rounds):
            idle.append(self.loads.run(devices=16, seconds=seconds, rate=self.options.scans_per_second))
            reserving = self.loads.begin(name="tablet", ask="reservation", devices=64, seconds=seconds + 0.6,
                                         rate=self.options.reservations_per_second)
            time.sleep(0.3)
            beside.append(self.loads.run(devices=16, seconds=seconds, rate=self.options.scans_per_second))
            holds.append(self.loads.end(reserving))
        self.figures.against(f"scan p99 beside reservations, {circumstances} (floor: its idle p99)",
                             median(beside, "p99"), "us", median(idle, "p99"), at_most=1.5)
        self.figures.add(f"reservation p50 at {self.options.reservations_per_second}/s, {circumstances}",
                         median(holds, "p50"), "us")

    def slow_disk(self):
        self.ended(self.edged)
        library = compiled(self.folder, "slowsync", "-shared", "-fPIC")
        prefix = ["env", f"LD_PRELOAD={library}", f"SYNC_MICROSECONDS={SLOWER}"]
        self.edged = self.started(Edged(self.folder, "state", self.broker, self.line, prefix=prefix))
        self.scans_beside_reservations("each sync 20 ms slower")
        self.say("group commit")
        single = self.reserve(devices=1, seconds=self.options.seconds, warm_up=5)
        if single["p50"] < SLOWER:
            raise Problem(f"the slow disk is not slow: a reservation takes {single['p50']} us")
        group = self.reserve(devices=256, seconds=self.options.seconds)
        self.figures.against("reservations/s, 256 devices, 20 ms syncs (floor: one device)", group["perSecond"], "/s",
                             single["perSecond"], at_least=10)
        self.ended(self.edged)
        self.edged = self.started(Edged(self.folder, "state", self.broker, self.line))

    # The line down

    def queue(self):
        events = self.options.queued
        self.wait_quiet()
        self.say(f"the line is down, {events:,} sales are rung up")
        self.ended(self.line)
        before = self.edged.memory_kibibytes()
        lines = 100
        begin = time.monotonic()
        self.loads.run(name="till", ask="sale", devices=1, lines=lines, count=(events + lines - 1) // lines,
                       seconds=200, warm_up=0)
        seconds = time.monotonic() - begin
        time.sleep(1)
        after = self.edged.memory_kibibytes()
        heard = len(self.hq.bursts())
        self.line.start()
        self.processes.append(self.line)
        self.say("the line is up again")
        wait_until("the queue draining", lambda: sum(b["events"] for b in self.hq.bursts()[heard:]) >= events, 150)
        burst = max(self.hq.bursts()[heard:], key=lambda burst: burst["events"])
        self.figures.add("sale lines taken in, line down", events / seconds, "/s")
        self.figures.bounded(f"more memory with {burst['events']:,} events queued", (after[0] - before[0]) / 1024,
                             "MiB", at_most=8)
        self.figures.bounded("drain, once the line is up", burst["perSecond"], "events/s", at_least=5_000)
        self.wait_quiet()
        self.ended(self.edged)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="of each figure and its floor, in turns")
    parser.add_argument("--seconds", type=float, default=2.5, help="of each measurement")
    parser.add_argument("--scans-per-second", type=int, default=400)
    parser.add_argument("--reservations-per-second", type=int, default=200)
    parser.add_argument("--queued", type=int, default=20_000, help="sales rung up while the line is down")
    parser.add_argument("--idle-seconds", type=int, default=10)
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs and the databases")
    options = parser.parse_args()
    # On the disk of the project, not in memory: a commit has to cost what it costs.
    place = pathlib.Path(__file__).resolve().parents[3] / ".build"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=place))
    bench = Bench(options, folder)
    status = 1
    try:
        bench.run()
        status = 0
    except Problem as problem:
        print(f"bench: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
    finally:
        bench.close()
        if options.keep or status:
            print(f"bench: the logs are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    bench.figures.print()
    print(bench.figures.json(shop=SHOP, products=options.products, cores=os.cpu_count(),
                             load=round(os.getloadavg()[0], 2), seconds=round(time.monotonic() - bench.began)))
    return status


if __name__ == "__main__":
    sys.exit(main())
