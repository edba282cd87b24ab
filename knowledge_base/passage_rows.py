"""What is known of each row of a release without reading its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from brands import Scope, VehicleContext
from knowledge_base.passage import Passage

COLUMNS = np.dtype(
    [
        ("passage", "<u8"),
        ("text", "<u8"),
        ("start", "<u8"),
        ("end", "<u8"),
        ("document", "<u4"),
        ("section", "<u4"),
        ("scope", "<u4"),
    ]
)


@dataclass(frozen=True, slots=True)
class PassageRows:
    """The rows of a release: one record per passage, in row order.

    Args:
        scopes: the distinct scopes of the release.
        columns: array of `COLUMNS`: passage id and text key as numbers, where the text lies in its file,
            and the numbers of its document, its section (a run of one heading path) and its scope.
    """

    scopes: tuple[Scope, ...]
    columns: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the passages, in alphabetical order."""
        return tuple(sorted({scope.language for scope in self.scopes}))

    def row_of(self, passage_id: str) -> int | None:
        """The row of a passage, or None when it is not here.

        Args:
            passage_id: 16 hex digits.
        """
        try:
            wanted = int(passage_id, 16)
        except ValueError:
            return None
        if len(passage_id) != 16 or wanted < 0:
            return None
        found = np.flatnonzero(self.columns["passage"] == np.uint64(wanted))
        return int(found[0]) if len(found) else None

    def admitted(self, vehicle: VehicleContext, on: date, language: str | None) -> NDArray[np.bool_]:
        """For each distinct scope, whether it holds for this vehicle, day and language."""
        return np.array([scope.admits(vehicle, on, language) for scope in self.scopes], dtype=bool)

    def mask(self, mask_of_scopes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For each row, whether its scope is admitted."""
        if len(self.columns) == 0:
            return np.zeros(0, dtype=bool)
        found: NDArray[np.bool_] = mask_of_scopes[self.columns["scope"]]
        return found

    def beside(self, row: int) -> NDArray[np.int64]:
        """The other rows of the same document and scope under the same heading, the one before or the one after."""
        mine = self.columns[row]
        same = (self.columns["document"] == mine["document"]) & (self.columns["scope"] == mine["scope"])
        distance = self.columns["section"].astype(np.int64) - int(mine["section"])
        same &= np.abs(distance) <= 1
        same[row] = False
        return np.flatnonzero(same)


def describe_rows(passages: Sequence[Passage]) -> PassageRows:
    """The rows of these passages; where their texts lie in a file is left at 0.

    Args:
        passages: in the order of their rows.
    """
    columns = np.zeros(len(passages), dtype=COLUMNS)
    scopes: dict[Scope, int] = {}
    documents: dict[str, int] = {}
    last: dict[str, tuple[tuple[str, ...], int]] = {}
    for row, passage in enumerate(passages):
        heading, section = last.get(passage.document_id, (None, 0))
        if heading is not None and heading != passage.heading_path:
            section += 1
        last[passage.document_id] = (passage.heading_path, section)
        columns[row] = (
            int(passage.passage_id, 16),
            passage.text_key,
            0,
            0,
            documents.setdefault(passage.document_id, len(documents)),
            section,
            scopes.setdefault(passage.scope, len(scopes)),
        )
    return PassageRows(tuple(scopes), columns)
