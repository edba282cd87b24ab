"""A page that looks like a brand's own site, made of its validated profile alone, to show the widget on."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from bot.handoff_words import told_hours
from brands import BrandProfile
from ui.widget.palette import palette
from ui.widget.profile import widget_language
from ui.widget.script import read_script

_FOLDER = Path(__file__).parent / "demo"
# Nothing but this server's own files; no inline script or style, and no text that becomes markup.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# The page's own words: models, service, and that it is a sample.
_WORDS = {
    "en": (
        "Models",
        "Service",
        "Sample page. Only $assistant, the assistant of $name, works here: one script tag put it on the page.",
    ),
    "de": (
        "Modelle",
        "Service",
        "Beispielseite. Nur $assistant, die Assistenz von $name, funktioniert hier: Ein Script-Tag genügt dafür.",
    ),
    "fr": (
        "Modèles",
        "Service",
        "Page d'exemple. Seul l'assistant de $name, $assistant, y fonctionne : une balise de script suffit.",
    ),
    "it": (
        "Modelli",
        "Assistenza",
        "Pagina di esempio. Qui funziona solo $assistant, l'assistente di $name: basta un tag di script.",
    ),
    "es": (
        "Modelos",
        "Servicio",
        "Página de muestra. Aquí solo funciona $assistant, el asistente de $name: basta una etiqueta de script.",
    ),
}


@dataclass(frozen=True, slots=True)
class DemoChoice:
    """How the demo page shows the widget.

    Args:
        language: ISO 639-1 code of the page.
        mode: `launcher` or `inline`.
        theme: `auto`, `light` or `dark`.
        direction: `ltr` or `rtl`.
        model: model id, as a page of that model would tell it.
        year: model year.
        market: market code.
    """

    language: str | None = None
    mode: str = "launcher"
    theme: str = "auto"
    direction: str = "ltr"
    model: str | None = None
    year: int | None = None
    market: str | None = None


def demo_html(profile: BrandProfile, choice: DemoChoice) -> str:
    """The page.

    Args:
        profile: the brand; every word of it is escaped.
        choice: how the widget is shown.
    """
    language = widget_language(profile, choice.language)
    contact = profile.contact(choice.market)
    models, service, sample = _WORDS.get(language, _WORDS["en"])
    words = {
        "language": language,
        "direction": choice.direction,
        "theme": choice.theme,
        "id": profile.id,
        "name": profile.name,
        "greeting": profile.greeting(language),
        "assistant": profile.voice.assistant_name,
        "phone": contact.phone,
        "email": contact.email,
        "hours": told_hours(contact, language),
        "models_word": models,
        "service_word": service,
        "sample": Template(sample).substitute(assistant=profile.voice.assistant_name, name=profile.name),
    }
    markup = {
        "logo": _logo(profile),
        "models": "\n".join(_model(one.name, one.years) for one in profile.models),
        "script": script_tag(profile.id, choice, language),
    }
    page = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
    return page.substitute({name: escape(text) for name, text in words.items()}, **markup)


def demo_css(profile: BrandProfile) -> str:
    """The brand's colours for the page, light and dark.

    Args:
        profile: the brand.
    """
    light, dark = (_rules(palette(profile.theme, dark=one)) for one in (False, True))
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        f"@media (prefers-color-scheme: dark){{:root[data-theme=auto]{{color-scheme:dark;{dark}}}}}\n"
    )


def demo_style() -> str:
    """The style that all demo pages share."""
    return (_FOLDER / "demo.css").read_text(encoding="utf-8")


def script_tag(brand_id: str, choice: DemoChoice, language: str) -> str:
    """The one script tag of the page.

    Args:
        brand_id: the brand.
        choice: how the widget is shown.
        language: ISO 639-1 code.
    """
    said = {
        "src": "/widget.js",
        "integrity": read_script().integrity,
        "crossorigin": "anonymous",
        "data-brand": brand_id,
        "data-lang": language,
        "data-mode": choice.mode,
        "data-theme": choice.theme,
        "data-target": "#chat" if choice.mode == "inline" else None,
        "data-model": choice.model,
        "data-year": None if choice.year is None else str(choice.year),
        "data-market": choice.market,
    }
    values = " ".join(f'{name}="{escape(text)}"' for name, text in said.items() if text is not None)
    return f"<script {values} async></script>"


def demo_monogram(profile: BrandProfile) -> str:
    """A picture for a brand without a logo: its first letter in its colours, as SVG.

    Args:
        profile: the brand.
    """
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40">'
        f'<rect width="40" height="40" rx="9" fill="{profile.theme.primary}"/>'
        f'<text x="20" y="28" text-anchor="middle" font-family="sans-serif" font-size="22" font-weight="700" '
        f'fill="{profile.theme.on_primary}">{escape(profile.name[:1])}</text></svg>'
    )


def _logo(profile: BrandProfile) -> str:
    if profile.logo is None:
        return f"<strong>{escape(profile.name)}</strong>"
    return f'<img src="/demo/{profile.id}/logo" alt="{escape(profile.name)}" height="40">'


def _model(name: str, years: tuple[int, ...]) -> str:
    told = f"{min(years)} – {max(years)}" if years else ""
    return f'<li><span class="art" aria-hidden="true"></span><h3>{escape(name)}</h3><p>{escape(told)}</p></li>'


def _rules(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())
