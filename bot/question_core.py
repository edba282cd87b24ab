"""The question in a message, without the talk around it."""

import re

from bot.sentences import sentences_of

# "Act quickly please: how do I …": what is asked stands behind the colon.
_LEAD_IN = re.compile(r"^[^:?\n]{1,80}:\s+(?=\S)")


def question_cores(text: str) -> tuple[str, ...]:
    """What may be asked without the talk: all sentences that ask, then the last one alone; nothing where that is all.

    Args:
        text: a message with its topic, as it is searched for.
    """
    core = question_core(text)
    before, _, last = core.rpartition("\n")
    final = (sentences_of(last) or ("",))[-1]
    alone = f"{before}\n{final}" if before else final
    return tuple(one for one in dict.fromkeys((core, alone)) if one and one != text)


def question_core(text: str) -> str:
    """The sentences of the last line that ask; the text itself where none does or all do.

    Args:
        text: a message with its topic, as it is searched for.
    """
    before, _, last = text.rpartition("\n")
    asking = [_LEAD_IN.sub("", one) for one in sentences_of(last) if one.rstrip(" )\"'»”").endswith("?")]
    core = " ".join(asking)
    if not core or core == last.strip():
        return text
    return f"{before}\n{core}" if before else core
