"""A brand's five colours become every colour of the chat, light and dark, each with its contrast checked."""

from brands.profile import MINIMUM_CONTRAST, Theme, contrast_ratio

# WCAG 2.2, success criterion 1.4.11: contrast of controls and their states.
PART_CONTRAST = 3.0
# Rounding to whole channels may cost a little.
_MARGIN = 0.05
# Saturated colours on a dark background tire the eyes at the least contrast.
_DARK_LINK_CONTRAST = 6.0
_STEP = 0.04
_BLACK, _WHITE = "#000000", "#ffffff"


def palette(theme: Theme, *, dark: bool) -> dict[str, str]:
    """Every colour of the chat.

    Args:
        theme: the brand's own colours.
        dark: whether they are for a dark background.

    Returns:
        `#rrggbb` by name, as `widget.css` uses them. Text has at least 4.5:1 on what it stands on, edges and focus
        rings have at least 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
    """
    back = mix("#121417", theme.primary, 0.1) if dark else theme.background
    text = mix("#f0f1f3", theme.primary, 0.04) if dark else theme.text
    surface = _shade(back, _WHITE, 0.075) if dark else _shade(back, text, 0.055)
    primary = readable(theme.primary, (back,), PART_CONTRAST) if dark else theme.primary
    fits = contrast_ratio(theme.on_primary, primary) >= MINIMUM_CONTRAST
    danger = "#ff8a80" if dark else "#9e1c16"
    danger_back = _shade(back, danger, 0.14 if dark else 0.07)
    return {
        "back": back,
        "text": readable(text, (back, surface, danger_back), MINIMUM_CONTRAST),
        "surface": surface,
        "primary": primary,
        "on-primary": theme.on_primary if fits else strongest(primary),
        "muted": readable(mix(text, back, 0.32), (back, surface), MINIMUM_CONTRAST),
        "line": mix(back, text, 0.14),
        "edge": readable(mix(back, text, 0.42), (back, surface), PART_CONTRAST),
        "link": readable(theme.primary, (back, surface), _DARK_LINK_CONTRAST if dark else MINIMUM_CONTRAST),
        "accent": readable(theme.accent, (back, surface), PART_CONTRAST),
        "focus": readable(theme.primary, (back, surface), MINIMUM_CONTRAST),
        "danger": readable(danger, (back, surface, danger_back), MINIMUM_CONTRAST),
        "danger-back": danger_back,
    }


def readable(front: str, backs: tuple[str, ...], least: float) -> str:
    """A colour, moved towards black or white until it can be told from everything that lies behind it.

    Args:
        front: `#rrggbb`.
        backs: what lies behind, `#rrggbb` each; near each other in brightness.
        least: the contrast it needs.
    """
    end = strongest(backs[0])
    for step in range(int(1 / _STEP)):
        moved = mix(front, end, step * _STEP)
        if all(contrast_ratio(moved, back) >= least + _MARGIN for back in backs):
            return moved
    return end


def _shade(back: str, towards: str, share: float) -> str:
    """A shade of the background on which text can still be read; a middling one is moved away from the text."""
    shade, text = mix(back, towards, share), strongest(back)
    if contrast_ratio(text, shade) >= MINIMUM_CONTRAST + _MARGIN:
        return shade
    return mix(back, _BLACK if text == _WHITE else _WHITE, share)


def strongest(back: str) -> str:
    """Black or white, whichever is better seen on a colour."""
    return max((_WHITE, _BLACK), key=lambda one: contrast_ratio(one, back))


def mix(one: str, two: str, share: float) -> str:
    """A colour between two.

    Args:
        one: `#rrggbb`.
        two: `#rrggbb`.
        share: how much of the second, 0 to 1.
    """
    pairs = [(int(one[at : at + 2], 16), int(two[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
