"""A small HTTP client that asks for one thing again and again, and says how long it took. Standard library only."""

import http.client
import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

WARM_UP = 4  # requests of each client before those that count


class WrongAnswer(Exception):
    """The server did not answer what is being measured, so the figures would be worth nothing."""


@dataclass(frozen=True)
class Target:
    """What is asked for. ``paths`` are asked in turn, those of an iterator once each; ``body`` makes what one POST
    sends, as JSON or, from a ``form``, as a browser does; ``holds`` looks for proof in the answer that it is the page
    it should be.
    """

    name: str
    paths: Iterable[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], dict] | None = None
    form: bool = False
    holds: Callable[[bytes], bool] = bool

    @property
    def answers(self):
        """The status of a right answer: a form's leads on to the next page."""
        return (302 if self.form else 201) if self.body else 200

    def written(self):
        """The next body to be sent, and the headers that go with it."""
        if self.body is None:
            return None, self.headers
        if self.form:
            return urlencode(self.body()), {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        return json.dumps(self.body()), {**self.headers, "Content-Type": "application/json"}


@dataclass(frozen=True)
class Result:
    """How long each request took (seconds, sorted), and all of them together."""

    clients: int
    took: list[float]
    elapsed: float

    @property
    def rate(self):
        return len(self.took) / self.elapsed

    @property
    def p50(self):
        return statistics.median(self.took)

    @property
    def p95(self):
        return self.took[min(len(self.took) - 1, int(len(self.took) * 0.95))]


def measure(address, target, clients, requests, seconds):
    """The Result of ``clients`` asking at once, until ``requests`` were sent or ``seconds`` have passed."""
    ask_many(address, target, clients, itertools.repeat(None, WARM_UP * clients), time.monotonic() + seconds)
    begin = time.monotonic()
    took = ask_many(address, target, clients, itertools.repeat(None, requests), begin + seconds)
    return Result(clients, sorted(took), time.monotonic() - begin)


def ask_many(address, target, clients, tickets: Iterator, end):
    """Seconds each request took; one connection and one thread a client. Raises what a client ran into."""
    took, troubles = [], []
    tickets, paths = Shared(tickets), Shared(itertools.cycle(target.paths))

    def client():
        connection = http.client.HTTPConnection(*address, timeout=60)
        try:
            while not troubles and time.monotonic() < end and next(tickets, ENDED) is not ENDED:
                took.append(ask(connection, target, next(paths)))
        except (OSError, http.client.HTTPException, WrongAnswer) as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]
    return took


ENDED = object()


class Shared:
    """An iterator that several threads may take from."""

    def __init__(self, items):
        self.items, self.lock = items, threading.Lock()

    def __next__(self):
        with self.lock:
            return next(self.items)


def ask(connection, target, path):
    """Seconds from sending the request to having read the whole answer; WrongAnswer where it is another."""
    body, headers = target.written()
    begin = time.perf_counter()
    connection.request("POST" if body else "GET", path, body=body, headers=headers)
    response = connection.getresponse()
    content = response.read()
    took = time.perf_counter() - begin
    if response.status != target.answers or not target.holds(content):
        raise WrongAnswer(f"{target.name}: {path} answered {response.status}: {content[:300].decode(errors='replace')}")
    return took
