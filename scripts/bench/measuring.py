"""The measuring loop of a child process: one request a line on standard input, one answer a line on output.

The same protocol as ``peers/measuring.mjs``. Standard library only: the PyPI peers run in an environment of
their own.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

_CHUNK = 8


def serve(works: Mapping[str, Callable[[int], object]], calls: Mapping[str, Callable[[Any], object]]) -> None:
    """Answer requests until standard input ends.

    Args:
        works: what can be measured, by name; each is called with a running number.
        calls: what can be asked once, by name.
    """
    print('{"ready":true}', flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "work" in request:
                answer = measure(works[request["work"]], request["seconds"])
            else:
                answer = {"value": calls[request["call"]](request.get("value"))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), flush=True)


def measure(work: Callable[[int], object], seconds: float) -> dict[str, Any]:
    """Run a work for a number of seconds of processor time, which on a pinned process is what it costs."""
    work(0)
    wall, begun = time.perf_counter(), time.process_time()
    count, used = 0, 0.0
    while used < seconds:
        for step in range(_CHUNK):
            work(count + step)
        count += _CHUNK
        used = time.process_time() - begun
    return {"count": count, "cpu": used, "wall": time.perf_counter() - wall}
