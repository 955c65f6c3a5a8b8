"""Samples by figure and peer, their medians and ratios, and the table of them."""
from __future__ import annotations

import os
import platform
import statistics
from dataclasses import dataclass, field


@dataclass
class Figure:
    name: str  # what --only is held against: "p1.set.rps"
    title: str
    unit: str
    goal: str = ""  # how ours should compare with the first peer
    samples: dict[str, list[float]] = field(default_factory=dict)  # by peer, in the order measured

    def add(self, peer: str, value: float) -> None:
        self.samples.setdefault(peer, []).append(value)

    def median(self, peer: str) -> float | None:
        return statistics.median(self.samples[peer]) if self.samples.get(peer) else None

    def ratio(self, peer: str, base: str) -> float | None:
        own, other = self.median(peer), self.median(base)
        return own / other if own is not None and other else None


def spelled(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def cell(figure: Figure, peer: str) -> str:
    samples = figure.samples.get(peer)
    if not samples:
        return "–"
    return f"{spelled(figure.median(peer))} ({spelled(min(samples))}..{spelled(max(samples))})"


def markdown(figures: list[Figure], peers: list[str]) -> str:
    """Medians with (min..max), and the ratio of each peer's median to the first one's."""
    base = peers[0]
    others = peers[1:]
    rows = [["figure", "unit", *peers, *(f"{peer} / {base}" for peer in others), "goal"]]
    for figure in figures:
        if not figure.samples:
            continue
        ratios = [figure.ratio(peer, base) for peer in others]
        rows.append([figure.title, figure.unit, *(cell(figure, peer) for peer in peers),
                     *("–" if ratio is None else f"{ratio:.2f}×" for ratio in ratios), figure.goal])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |"
             for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def as_data(figures: list[Figure], peers: list[str]) -> list[dict]:
    return [{"name": figure.name, "title": figure.title, "unit": figure.unit, "goal": figure.goal,
             "samples": figure.samples,
             "medians": {peer: figure.median(peer) for peer in peers},
             "ratios": {peer: figure.ratio(peer, peers[0]) for peer in peers[1:]}}
            for figure in figures if figure.samples]


def machine() -> dict:
    model = "unknown"
    with open("/proc/cpuinfo") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"cpu": model, "cpus": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "python": platform.python_version(), "load_average": os.getloadavg()}
