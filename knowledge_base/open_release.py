"""One release, open for questions."""

import threading
from collections import OrderedDict
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from brands import VehicleContext
from knowledge_base.keyword_index import KeywordIndex
from knowledge_base.passage_store import OpenPassages
from knowledge_base.release import Manifest

_KEPT_MASKS = 64


class OpenRelease:
    """A whole release that never changes; safe for use by several threads.

    A question uses one of these from begin to end. It is given back when nothing refers to it any more, so a release
    that is replaced or closed meanwhile stays readable for whoever holds it.

    Args:
        manifest: what the release says of itself.
        passages: its passages and vectors.
        keywords: its keyword index.
        notice: when it stands in for a damaged one, what happened and what to do.
    """

    def __init__(
        self, manifest: Manifest, passages: OpenPassages, keywords: KeywordIndex, notice: str | None = None
    ) -> None:
        self.manifest = manifest
        self.passages = passages
        self.keywords = keywords
        self.notice = notice
        self._masks: OrderedDict[tuple[VehicleContext, date, str | None], NDArray[np.bool_] | None] = OrderedDict()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """The release itself, for the span of one question."""
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is closed: other questions may use the same release."""

    def admitted(self, vehicle: VehicleContext, on: date, language: str | None) -> NDArray[np.bool_] | None:
        """Which rows may be shown for this vehicle on this day in this language.

        Returns:
            Array of shape (passages,), not to be changed; None when all may be shown.
        """
        key = (vehicle, on, language)
        with self._lock:
            if key in self._masks:
                self._masks.move_to_end(key)
                return self._masks[key]
        scopes = self.passages.rows.admitted(vehicle, on, language)
        mask = None if scopes.all() else self.passages.rows_admitted(scopes)
        with self._lock:
            self._masks[key] = mask
            while len(self._masks) > _KEPT_MASKS:
                self._masks.popitem(last=False)
        return mask
