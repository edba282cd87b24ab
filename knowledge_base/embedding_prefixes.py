"""What families of models want before questions and passages."""

from pathlib import Path


def known_prefixes(name: str) -> tuple[str, str]:
    """What a family of models wants before questions and passages, from the cards of the models.

    Args:
        name: of the model, or its folder.

    Returns:
        Prefix of questions and prefix of passages; empty when the family wants none or is not known.
    """
    last = Path(name).name.lower()
    if "e5" in last.replace("_", "-").split("-"):
        if "instruct" in last:
            task = "Given a web search query, retrieve relevant passages that answer the query"
            return f"Instruct: {task}\nQuery: ", ""
        return "query: ", "passage: "
    if last.startswith("bge-") and "-en" in last:
        return "Represent this sentence for searching relevant passages: ", ""
    if last.startswith("bge-") and "-zh" in last:
        return "为这个句子生成表示以用于检索相关文章：", ""
    return "", ""
