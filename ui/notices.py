"""What every door says in its own words, by language."""

AI_NOTICES: dict[str, str] = {
    "en": "You are chatting with an AI assistant. It answers from {brand}'s own documents and shows its sources.",
    "de": "Sie schreiben mit einem KI-Assistenten. Er antwortet aus den Unterlagen von {brand} und nennt Quellen.",
    "fr": "Vous échangez avec un assistant IA. Il répond à partir des documents de {brand} et indique ses sources.",
    "it": "Stai scrivendo a un assistente IA. Risponde in base ai documenti di {brand} e mostra le sue fonti.",
    "es": "Está hablando con un asistente de IA. Responde a partir de los documentos de {brand} y muestra sus fuentes.",
}

PAGE_FAILED = "This page could not be shown. Reload it; if that does not help, the server's log tells what went wrong."


def ai_notice(brand_name: str, language: str) -> str:
    """What says, before the first message, that an AI answers (EU AI Act, article 50).

    Args:
        brand_name: the brand.
        language: ISO 639-1 code; English where there is no text.
    """
    return AI_NOTICES.get(language, AI_NOTICES["en"]).format(brand=brand_name)
