"""What to answer: the chain from a customer's message to a reply with its sources."""

from bot.errors import BotError
from bot.question import Question
from bot.reply import Citation, Reply, ReplyKind

__all__ = ["BotError", "Citation", "Question", "Reply", "ReplyKind"]
