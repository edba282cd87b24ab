"""What can go wrong while answering.

BotError
├── QuestionRefused        the message cannot be taken as it is
├── SettingsInvalid        a setting or a data file of the bot cannot be used
├── UnknownConversation    the brand has no such conversation
├── UnknownTurn            the conversation has no such turn
├── ConversationsUnavailable  the database of the conversations cannot be used
├── ReaderUnavailable      the model of the span reader cannot be used
├── DangerModelUnavailable the danger model cannot be used
└── ModelFailed            the language model gave no usable answer
    ├── ModelUnavailable   it cannot be reached, or refuses for now
    ├── ModelRefused       it refuses the key, the request or the content
    ├── ModelLate          it missed its deadline
    └── ModelCutShort      its answer ended before it was finished
"""


class BotError(Exception):
    """Base of every error of this package; its text says what to do."""


class QuestionRefused(BotError):
    """The message cannot be taken as it is: empty, too long, or not text."""


class SettingsInvalid(BotError):
    """A setting or a data file of the bot cannot be used."""


class UnknownConversation(BotError):
    """The brand has no such conversation."""


class UnknownTurn(BotError):
    """The conversation has no such turn."""


class ConversationsUnavailable(BotError):
    """The database of the conversations cannot be used."""


class ReaderUnavailable(BotError):
    """The model of the span reader cannot be used."""


class DangerModelUnavailable(BotError):
    """The danger model cannot be used."""


class ModelFailed(BotError):
    """The language model gave no usable answer.

    Args:
        text: what to do.
        took_tokens: whether a model may have read the question; False where it was never sent, or turned away at once.
    """

    def __init__(self, text: str = "", *, took_tokens: bool = True) -> None:
        super().__init__(text)
        self.took_tokens = took_tokens


class ModelUnavailable(ModelFailed):
    """The language model cannot be reached, or refuses for now."""


class ModelRefused(ModelFailed):
    """The language model refuses the key, the request or the content."""


class ModelLate(ModelFailed):
    """The language model missed its deadline."""


class ModelCutShort(ModelFailed):
    """The language model's answer ended before it was finished."""
