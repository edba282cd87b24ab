"""What a passage tells of itself."""

import pytest

from tests.knowledge_base.samples import make_passage


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("In the menu.", {"question": "Where do I find the clock"}),
        ("In the menu.", {"heading_path": ("Clock", "How is it set?")}),
        ("在菜单里。", {"heading_path": (), "title": "时钟在哪里？"}),
        ("Clock\n- How is it set?\n- Where do I find it?\n- Is it my fault?", {}),
        ("كيف أضبط الساعة؟", {}),
    ],
)
def test_passage_that_holds_questions(text: str, changes: dict[str, object]) -> None:
    assert make_passage(text, **changes).holds_questions


@pytest.mark.parametrize("text", ["", "Set the clock. Still wrong? Ask a workshop.", "See example.com/?page=2 first."])
def test_passage_that_does_not(text: str) -> None:
    assert not make_passage(text).holds_questions
