"""A graph that cannot be opened is told in the words of who needs it, and with what to do."""

import sys
from pathlib import Path

import onnxruntime  # type: ignore[import-untyped]
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as vendor  # type: ignore[import-untyped]

from bot.errors import ReaderUnavailable
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.onnx_session import open_session

VENDOR_ERRORS = [kind for kind in vars(vendor).values() if isinstance(kind, type) and issubclass(kind, Exception)]
UNUSABLE = [EmbedderUnavailable, ReaderUnavailable]


@pytest.mark.parametrize("unusable", UNUSABLE)
@pytest.mark.parametrize("graph", [b"", b"no graph", b"\x08\x07" * 500])
def test_what_is_no_graph_is_refused(graph: bytes, unusable: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "graph.onnx"
    path.write_bytes(graph)
    for given in (graph, path, str(path)):
        with pytest.raises(unusable, match=r"^onnxruntime cannot open the model .*pip install"):
            open_session(given, "The model", unusable)


def test_a_graph_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="cannot open the model"):
        open_session(tmp_path / "none.onnx", "The model", EmbedderUnavailable)


@pytest.mark.parametrize("kind", VENDOR_ERRORS, ids=lambda kind: str(kind.__name__))
def test_every_error_of_onnxruntime_is_told_as_ours(kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise kind("told by onnxruntime")

    monkeypatch.setattr(onnxruntime, "InferenceSession", fail)
    for unusable in UNUSABLE:
        with pytest.raises(unusable, match="told by onnxruntime"):
            open_session(b"", "The model", unusable)


def test_there_are_errors_of_onnxruntime() -> None:
    assert {"Fail", "InvalidProtobuf", "NoSuchFile"} <= {kind.__name__ for kind in VENDOR_ERRORS}


def test_without_onnxruntime_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ReaderUnavailable, match=r"^The model needs onnxruntime .*pip install"):
        open_session(b"", "The model", ReaderUnavailable)
