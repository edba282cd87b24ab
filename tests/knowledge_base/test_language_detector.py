import pytest

from knowledge_base.language_detector import count_small_words, language_by_small_words, language_shares

SENTENCES = {
    "de": "Prüfen Sie den Luftdruck der Reifen jeden Monat, bei kalten Reifen und vor jeder Fahrt mit dem Anhänger, "
    "wenn Sie ihn nicht oft nutzen oder er lange steht.",
    "en": "You should check the pressures of your tyres every month when they are cold, and before you tow with it, "
    "if there is anything that was not there at the last check.",
    "es": "Compruebe la presión de los neumáticos cuando estén fríos, y también el de repuesto, desde el primer mes; "
    "el conductor puede hacerlo sin ayuda, con los datos que hay en esta página, pero nunca con prisa.",
    "fr": "Vérifiez la pression des pneus chaque mois, au repos et avant un trajet avec votre remorque, car elle est "
    "plus basse si les pneus sont froids; nous vous aidons dans notre atelier, et ce service ne coûte rien.",
    "it": "Controllate la pressione degli pneumatici ogni mese, con gli pneumatici freddi e quando non avete viaggiato "
    "nella giornata; sono più bassi del solito per il freddo, ma si può viaggiare con loro fino alla officina.",
}
DUTCH = (
    "Controleer de spanning van de banden elke maand als ze koud zijn, en ook voor een lange rit met uw aanhanger, "
    "want het is niet goed om met te weinig lucht op weg te gaan naar uw bestemming."
)
CATALAN = (
    "Comproveu la pressió dels pneumàtics cada mes quan estiguin freds, i també abans d'un viatge llarg amb el remolc; "
    "si la llum del quadre no s'apaga, aneu al taller més proper amb els documents del vehicle."
)
NAMES = "Golf Passat Tiguan Touareg Arteon Polo Up Sharan Touran Caddy Amarok ID Buzz Taigo Jetta Scirocco"
POLISH = (
    "Sprawdzaj ciśnienie w oponach co miesiąc, zawsze gdy są zimne, oraz przed każdą dłuższą podróżą z przyczepą, "
    "a także po każdej naprawie; jeśli kontrolka nie gaśnie, jedź powoli do najbliższego warsztatu."
)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_small_words_tell_a_language_as_the_detector_does(code: str) -> None:
    assert language_by_small_words(SENTENCES[code]) == code
    assert next(iter(language_shares(SENTENCES[code]))) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAMES,
        DUTCH,  # Afrikaans would look the same
        CATALAN,
        POLISH,
        f"{SENTENCES['en']} {SENTENCES['de']}",
        f"{SENTENCES['en']} {POLISH}",
        f"{SENTENCES['fr']} {NAMES} {NAMES} {NAMES}",
        f"{SENTENCES['en']} 每月检查轮胎压力, 务必在轮胎冷却时进行。",
        "Check the pressure.",
    ],
)
def test_small_words_tell_nothing_of_names_mixtures_and_languages_that_look_like_another(text: str) -> None:
    assert language_by_small_words(text) is None


def test_a_part_of_a_text_needs_fewer_words() -> None:
    part = "Press the button for two seconds until you hear the tone."
    assert language_by_small_words(part) is None
    assert language_by_small_words(part, least=2) == "en"


def test_small_words_are_counted_without_their_accents() -> None:
    assert count_small_words("Où êtes-vous, et à quelle heure ?", "fr") == count_small_words(
        "Ou etes-vous, et a quelle heure ?", "fr"
    )
    assert count_small_words("the of and", "xx") == 0
