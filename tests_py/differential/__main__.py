"""Looks for differences by hand, as long as one likes. In tests_py:

    python -m differential                        seeds 1, 2, 3, ... until Ctrl-C
    python -m differential --seed 4711 --count 1  one conversation again
    python -m differential --side sim --families strings expiry --keep-going
"""

import argparse
import itertools
import tempfile
import time

from harness import RedisServer
from harness_cluster import KINDS

from . import FAMILIES, find, overheard, script_of, side_of, side_of_server
from .feed import Feed


def main():
    parser = argparse.ArgumentParser(prog="python -m differential")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--count", type=int, help="how many conversations (without end)")
    parser.add_argument("--side", choices=[*KINDS], default="live", help="who is compared with redis-server")
    parser.add_argument("--families", nargs="+", choices=[*FAMILIES], help="of commands (some by chance)")
    parser.add_argument("--overheard", action="store_true", help="compare the notifications of keys, too")
    parser.add_argument("--fed", action="store_true", help="compare what replicas are told, too (live)")
    parser.add_argument("--keep-going", action="store_true", help="show each difference and go on")
    options = parser.parse_args()

    cluster = KINDS[options.side](1)
    with tempfile.TemporaryDirectory() as folder:
        redis = RedisServer(folder)
        try:
            sides = side_of_server(redis), side_of(cluster)
            for side in sides if options.fed else ():
                side.feed = Feed(side)
            search(options, *sides)
        finally:
            redis.stop()
            cluster.close()


def search(options, expected, got):
    steps, began = 0, time.monotonic()
    seeds = itertools.count(options.seed)
    for seed in seeds if options.count is None else itertools.islice(seeds, options.count):
        script = script_of(seed, options.families)
        script = overheard(script) if options.overheard else script
        steps += len(script)
        if found := find(seed, script, expected, got):
            print(found, flush=True)
            if not options.keep_going:
                return
        if seed % 50 == 0:
            print(f"seed {seed}: {steps} steps, {steps / (time.monotonic() - began):.0f} a second", flush=True)


main()
