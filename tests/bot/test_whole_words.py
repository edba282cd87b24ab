"""Names as whole words."""

from bot.whole_words import whole_words


def test_the_longer_name_is_found_and_never_a_part_of_a_word() -> None:
    names = whole_words(("ridge", "ridge xl", "c+"))

    assert names.findall("a ridge xl, a ridge and a c+") == ["ridge xl", "ridge", "c+"]
    assert names.search("bridge, ridges") is None
