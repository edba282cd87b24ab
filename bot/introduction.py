"""A customer who says hello and tells their vehicle, and asks nothing yet."""

from bot.language_data import language, plain
from bot.whole_words import whole_words
from brands import BrandProfile


def is_introduction(text: str, code: str, profile: BrandProfile) -> bool:
    """Whether a message tells nothing but a vehicle of the brand, or that there will be a question.

    Args:
        text: the message.
        code: its language.
        profile: whose vehicles are known.
    """
    known = language(code)
    if "?" in text or not known.introduction.search(said := plain(text)):
        return False
    rest = whole_words(tuple(map(plain, profile.names))).sub(" ", known.introduction.sub(" ", said))
    words = "".join(letter if letter.isalnum() else " " for letter in rest).split()
    years = {str(year) for model in profile.models for year in model.years}
    return all(word in years or word in known.function_words for word in words)
