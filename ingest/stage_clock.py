"""How long each stage of an ingest took."""

import time
from dataclasses import dataclass, field


@dataclass
class StageClock:
    """Seconds by stage, and `total`.

    Args:
        begin: when the first stage began, by the clock of the process.
        seconds: duration by stage.
        last: when the stage at work began.
    """

    begin: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def stop(self, stage: str) -> None:
        """End a stage; the next one begins."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.last
        self.seconds["total"] = now - self.begin
        self.last = now
