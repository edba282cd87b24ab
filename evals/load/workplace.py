"""A group to load, laid out in a temporary folder, so that nothing is written into the user's."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from evals.measuring_process import DATA_FOLDER
from evals.speed import open_workload


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the servers of a suite work on.

    Args:
        group: a copy of the group folder with everything published.
        data: the same documents as a data set.
        questions: by brand.
        session_key: signs sessions, so that they outlive a restart.
    """

    group: Path
    data: Path
    questions: dict[str, tuple[str, ...]]
    session_key: str

    @property
    def settings(self) -> dict[str, str]:
        """Settings that every server of the suite is given."""
        return {
            "MARQUE_UI_SESSION_KEY": self.session_key,
            "MARQUE_KNOWLEDGE_BASE_DATA_FOLDER": str(self.group / DATA_FOLDER),
        }


@contextmanager
def open_workplace(target: Path) -> Iterator[Workplace]:
    """Copy a group without its data, and bring its documents in.

    Args:
        target: a group folder whose brands have golden questions.

    Raises:
        DataSetInvalid: it is none.
        BrandsError: the group cannot be read.
        MeasurementFailed: its documents could not be brought in.
    """
    with open_workload(target) as workload:
        questions: dict[str, list[str]] = defaultdict(list)
        for brand_id, text in workload.questions:
            questions[brand_id].append(text)
        asked = {brand_id: tuple(texts) for brand_id, texts in questions.items()}
        yield Workplace(workload.group, workload.data, asked, token_hex(32))
