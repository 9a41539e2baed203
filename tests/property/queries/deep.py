"""Many cases, and what came of them."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from queries.check import Case, Finding, Verdict, check, make
from queries.shrink import alone, shrunk, told
from queries.themes import POSTGRES_THEMES, THEMES

WRONG = (Verdict.DIFFERENT, Verdict.ERROR)


def case_of(seed: int, dialect: str = "duckdb") -> Case:
    """Any query for an even seed, one about the next theme for an odd one."""
    themes = (*THEMES, *POSTGRES_THEMES) if dialect == "postgres" else THEMES
    return make(seed, frozenset(themes[seed // 2 % len(themes)]) if seed % 2 else frozenset(), dialect=dialect)


@dataclass
class Tally:
    """Counts of verdicts, over all and for each feature."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    features: defaultdict[str, Counter[Verdict]] = field(default_factory=lambda: defaultdict(Counter))
    scans: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[Case, Finding]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, case: Case, finding: Finding) -> None:
        self.verdicts[finding.verdict] += 1
        self.scans["all"] += finding.scans
        self.scans["filtered"] += finding.pruned
        for feature in case.features:
            self.features[feature][finding.verdict] += 1
        if finding.verdict in (Verdict.SKIPPED, Verdict.UNSAID):
            self.reasons[finding.detail[:70]] += 1
        if finding.verdict in WRONG:
            self.wrong.append((case, finding))

    def filtered(self, feature: str) -> int:
        """How many cases with a feature had a scan that is filtered."""
        return sum(self.features[feature][verdict] for verdict in (Verdict.SAME, *WRONG))

    @property
    def skipped(self) -> float:
        return self.verdicts[Verdict.SKIPPED] / max(self.verdicts.total(), 1)

    def report(self) -> Iterator[str]:
        yield f"{dict(self.verdicts)} in {self.seconds:.0f} s; scans {dict(self.scans)}"
        for reason, count in self.reasons.most_common(15):
            yield f"  left out {count:5}  {reason}"
        for feature, counts in sorted(self.features.items(), key=lambda item: -item[1].total()):
            share = self.filtered(feature) / max(counts.total() - counts[Verdict.SKIPPED] - counts[Verdict.UNSAID], 1)
            yield f"  {feature:40} {counts.total():6} cases, {counts[Verdict.SKIPPED]:4} skipped, {share:4.0%} filtered"


def run(first: int, cases: int, told_of: Callable[[str], None] | None = None, dialect: str = "duckdb") -> Tally:
    """Check the cases of these seeds."""
    tally = Tally()
    start = time.monotonic()
    for seed in range(first, first + cases):
        case = case_of(seed, dialect)
        finding = check(case)
        tally.add(case, finding)
        if told_of is not None and finding.verdict in WRONG:
            told_of(explained(case, finding))
        if told_of is not None and (seed - first) % 1000 == 999:
            told_of(f"{seed + 1 - first} cases, {time.monotonic() - start:.0f} s, {dict(tally.verdicts)}")
    tally.seconds = time.monotonic() - start
    return tally


def explained(case: Case, finding: Finding, seconds: float = 30) -> str:
    """All that is needed to see a fault again."""
    small = shrunk(case, finding.verdict, seconds)
    return "\n".join(
        (
            f"SWATHE_SEED={case.seed} ({case.mode}, world {case.world.number}): {finding.verdict}",
            case.sql,
            finding.detail,
            "smaller:",
            told(small),
            alone(small).detail,
        )
    )
