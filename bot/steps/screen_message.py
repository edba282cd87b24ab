"""First step: size, language, personal data, danger."""

import re
import unicodedata
from dataclasses import replace

from bot.errors import QuestionRefused
from bot.handoff_words import told_text
from bot.language_data import language_by_words, languages
from bot.personal_data import PLACEHOLDER, Redacted, redact
from bot.reply import Reply
from bot.safety import caution_text, judge_message, safety_text
from bot.safety_texts import SafetyTexts
from bot.turn_state import TurnState
from knowledge_base.language_detector import detector_of

# Below it the language of a short message is too unsure to trust (docs/decisions/0006-deciding-and-extracts.md).
LEAST_CONFIDENCE = 0.5
_LETTERS_TO_TELL = 6
_SURELY = 0.9
# Of one or two words the detector must be so sure; of more, ahead of the next language so many times.
_SURELY_OF_A_FEW = 0.75
_LEAD = 2.0
_SPACES = re.compile(r"[ \t\f\v\u00a0]+")
# "E04" and "2.4" are written the same in every language.
_CODED = re.compile(r"\S*\d\S*")


def screen_message(state: TurnState, *, limit_characters: int, safety_texts: SafetyTexts | None = None) -> TurnState:
    """Take a message in: clean it, find its language, take personal data out, and answer danger at once.

    Args:
        state: with the message as it came.
        limit_characters: longest message that is read.
        safety_texts: the company's own safety texts.

    Raises:
        QuestionRefused: the message is empty or too long.
    """
    raw = state.said.get_secret_value()
    if len(raw) > limit_characters:
        raise QuestionRefused(f"the message has {len(raw)} characters; at most {limit_characters} are read")
    clean = clean_text(raw)
    if not clean:
        raise QuestionRefused("the message is empty; write a question")
    market = state.vehicle.market
    redacted = _redacted(clean, state)
    language = find_language(redacted.text, state)
    # Of the whole message: what looks like an address must not hide danger. Nothing of it is kept or sent.
    judgement = judge_message(clean, language)
    hazard = judgement.hazard
    if hazard is not None and hazard.danger == "record" and _on_record(state):
        hazard = None
    state = replace(state, text=redacted.text, replaced=redacted.replaced, language=language, hazard=hazard)
    if hazard is None:
        caution = caution_text(state.profile, language, market) if judgement.possible else ""
        return replace(state, caution=caution)
    script_language = find_language(redacted.text, state, every_language=True)
    queued = state.conversation_id is not None
    person = told_text(state.profile, script_language, market, now=state.now, queued=queued)
    shown = safety_text(hazard, state.profile, script_language, market, safety_texts, person=person)
    reply = Reply(
        "safety",
        shown.text,
        script_language,
        (),
        None,
        state.profile.id,
        composer="script",
        checks=("approved_text",),
        approval=shown.approval,
    )
    return replace(state, composer="script", reply=reply)


def restore_own_data(text: str, state: TurnState) -> str:
    """Put the customer's personal data back where a reply to their message has its placeholders.

    Args:
        text: of the reply.
        state: with the message as it came; what earlier messages held is not kept, and not restored.
    """
    if not PLACEHOLDER.search(text):
        return text
    taken_out = _redacted(clean_text(state.said.get_secret_value()), state).replaced
    originals = {one.placeholder: one.original for one in taken_out}
    return PLACEHOLDER.sub(lambda found: originals.get(found[0], found[0]), text)


def _redacted(clean: str, state: TurnState) -> Redacted:
    market = state.vehicle.market
    return redact(clean, (market,) if market else state.profile.markets)


def _on_record(state: TurnState) -> bool:
    """Whether this conversation was answered with a safety text already: what is told next belongs to it."""
    return any(turn.kind == "safety" for turn in state.turns)


def clean_text(text: str) -> str:
    """Remove control and formatting characters, keep line ends, and compose accents."""
    kept = "".join(
        letter
        for letter in unicodedata.normalize("NFC", text)
        if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    return "\n".join(_SPACES.sub(" ", line).strip() for line in kept.split("\n")).strip()


def find_language(text: str, state: TurnState, *, every_language: bool = False) -> str:
    """The language of a message, or of the conversation, the page or the brand where the message does not tell.

    Args:
        text: the message.
        state: whose brand, page and conversation are asked where the message does not tell.
        every_language: look among all the bot's languages instead of the brand's.
    """
    spoken = [turn.language for turn in state.turns if turn.role == "customer" and turn.language]
    page = state.page_language if state.page_language in state.profile.languages else None
    usual = page or (spoken[-1] if spoken else None) or state.profile.default_language
    codes = tuple(languages()) if every_language else state.profile.languages
    bare = _CODED.sub(" ", PLACEHOLDER.sub(" ", text)).strip()
    if len(codes) < 2 or sum(letter.isalpha() for letter in bare) < _LETTERS_TO_TELL:
        return usual
    told = language_by_words(bare) if languages().keys() >= set(codes) else None
    if told is not None and told in codes:
        return told
    detector = detector_of(tuple(sorted(codes)))
    if detector is None:
        return usual
    values = detector.compute_language_confidence_values(bare)
    best = values[0]
    lead = best.value / max(values[1].value, 0.001)
    few = best.value < _SURELY_OF_A_FEW and (len(bare.split()) < 3 or lead < _LEAD)
    # A cry for help at the begin, on a page that does not tell: the best guess is better than the brand's language.
    guess = every_language and not spoken and page is None
    if (best.value < LEAST_CONFIDENCE or few) and not guess:
        return usual
    if not every_language and _is_in_another(bare, codes):
        return state.profile.default_language
    return str(best.language.iso_code_639_1.name.lower())


def _is_in_another(text: str, codes: tuple[str, ...]) -> bool:
    """Whether a message is surely in a language that the brand does not speak: the nearest one would be a guess."""
    detector = detector_of(tuple(sorted({*codes, *languages()}))) if set(languages()) - set(codes) else None
    if detector is None:
        return False
    best = detector.compute_language_confidence_values(text)[0]
    return best.value >= _SURELY and best.language.iso_code_639_1.name.lower() not in codes


def warm_languages(codes: tuple[str, ...]) -> None:
    """Read what tells these languages apart."""
    if len(codes) > 1 and (detector := detector_of(tuple(sorted(codes)))) is not None:
        detector.compute_language_confidence_values("warm")
