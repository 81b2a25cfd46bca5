"""Measuring: the same requests to each contestant in turn, round after round, so that a busy moment meets everybody."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.client import Client
from bench.contestant import Contestant
from bench.data import Facts
from bench.operations import Operation
from bench.servers import Server

ROUNDS = 5
BATCH_SECONDS = 0.3  # about how long the requests of one batch take
MOST, FEWEST = 200, 3
CONNECTIONS = 8  # at once, when requests per second are counted
RUSH_SECONDS = 0.4


class Unexpected(Exception):
    """An answer that no measurement can be based on; the message says whose and which."""


@dataclass(frozen=True)
class Entrant:
    """A contestant's running server, with somebody signed in."""

    contestant: Contestant
    server: Server
    client: Client
    facts: Facts


@dataclass(frozen=True)
class Figure:
    """What one request needs, in milliseconds, and how many a second get through."""

    processor: float
    latency: float
    per_second: float | None = None
    rows: int = 0


@dataclass
class Batches:
    """What was seen of one entrant in all rounds."""

    processor: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)


def measure(operation: Operation, entrants: Sequence[Entrant], rounds: int) -> list[Figure | None]:
    """A figure per entrant, the median of the rounds; None where there is no such thing."""
    sizes = [probe(operation, entrant) for entrant in entrants]
    seen = [Batches() for _ in entrants]
    for _ in range(rounds):
        for entrant, size, batches in zip(entrants, sizes, seen, strict=True):
            if size:
                one_batch(operation, entrant, size[0], batches)
    return [
        Figure(
            median(batches.processor),
            median(batches.latency),
            median(batches.per_second) if batches.per_second else None,
            size[1],
        )
        if size
        else None
        for size, batches in zip(sizes, seen, strict=True)
    ]


def probe(operation: Operation, entrant: Entrant) -> tuple[int, int] | None:
    """How many requests make a batch, and the rows of one answer. None for what the contestant does not have."""
    prepare = entrant.contestant.operations.get(operation.key)
    requests = prepare(entrant.client, entrant.facts, FEWEST) if prepare else []
    taken, rows = [], 0
    for request in requests:
        packed = entrant.client.packed(request)
        begun = time.perf_counter()
        answer = entrant.client.send(packed)
        taken.append(time.perf_counter() - begun)
        if answer.status == 404:
            return None
        check(operation, entrant, answer.status, answer.text)
        rows = entrant.contestant.rows(answer.body)
    return (min(MOST, max(FEWEST, round(BATCH_SECONDS / min(taken)))), rows) if taken else None


def check(operation: Operation, entrant: Entrant, status: int, text: str) -> None:
    fine = status in (302, 303) if operation.writes else status == 200
    if not fine:
        raise Unexpected(f"{entrant.contestant.title} answers «{operation.title}» with {status}: {text[:2000]}")


def one_batch(operation: Operation, entrant: Entrant, size: int, batches: Batches) -> None:
    """Requests one after the other; then, of what only reads, as many as get through on several connections."""
    client = entrant.client
    requests = entrant.contestant.operations[operation.key](client, entrant.facts, size)
    packed = [client.packed(request) for request in requests]
    latencies, before = [], entrant.server.processor_seconds()
    for request in packed:
        begun = time.perf_counter()
        answer = client.send(request)
        latencies.append(time.perf_counter() - begun)
        check(operation, entrant, answer.status, "")
    batches.processor.append((entrant.server.processor_seconds() - before) / len(packed) * 1000)
    batches.latency.append(median(latencies) * 1000)
    if not operation.writes:
        batches.per_second.append(rush(client, packed[0]))


def rush(client: Client, packed: bytes) -> float:
    """Requests per second over several connections at once."""
    end = time.perf_counter() + RUSH_SECONDS
    counts: list[int] = []

    def ask() -> None:
        own, count = Client(client.port), 0
        while time.perf_counter() < end:
            own.send(packed)
            count += 1
        own.close()
        counts.append(count)

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)
