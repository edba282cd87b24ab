"""Erasing for the doors: the receipt names what Marque does not change."""

from pathlib import Path

import pytest

from knowledge_base.erasure import ErasureTarget
from ui.bootstrap import Services
from ui.erasure import erase_for


def test_a_source_that_cannot_be_read_is_named_and_loses_no_receipt(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "faq.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    target = ErasureTarget(text="a text that stands nowhere")
    receipt = erase_for(services.group, services.knowledge_base, target, None, "dpo", dry_run=True)
    assert {Path(one).name for one in receipt["sources"]} == {"faq.csv"}
