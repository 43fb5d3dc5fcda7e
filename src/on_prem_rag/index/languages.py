"""Function words of the languages whose texts are stemmed, question words included.

They serve two ends: the language of a text is the one most of whose function words occur in it, and
a question's function words are not searched for.
"""

from __future__ import annotations

from collections.abc import Iterable

DEFAULT_LANGUAGE = "english"

_WORDS = {
    "english": """
        a an the of and to in is are was were be been being for on with as by at from that this
        these those it its he she they his her their them we our you your i my me not no nor or but
        if than then so such into about which who whom whose what when where why how do does did
        has have had can could may might will would shall should must there here also any each both
        between during after before over under out up down only other some more most very
        """,
    "german": """
        der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine
        ist sind war waren wird werden wurde wurden hat haben hatte in im an am auf aus bei beim
        mit nach von vom vor zu zum zur für über unter um durch gegen als auch nur noch so wie
        wenn dass es er sie wir ihr ihre ihren sein seine sich man was wer wen wem wessen wann
        wo warum wieso welche welcher welches welchen welchem kann können soll muss dieser diese
        dieses diesem diesen bis zwischen
        """,
    "spanish": """
        el la los las un una unos unas de del al a en y e o u que qué con por para sin sobre entre
        hasta desde es son era fue fueron ser está están ha han había hay se su sus lo le les no
        más como cómo pero si cuando cuándo donde dónde cual cuál cuáles quien quién quiénes cuyo
        cuánto cuánta cuántos cuántas este esta estos estas ese esa esos esas también muy
        """,
    "french": """
        le la les un une des du de et ou à au aux en dans par pour sur sous avec sans entre est
        sont était été être a ont avait que qui quoi dont où quand comment pourquoi quel quelle
        quels quelles ce cet cette ces il elle ils elles on nous vous je se sa son ses leur leurs
        ne pas plus mais si comme aussi l d qu n s c
        """,
    "italian": """
        il lo la i gli le un uno una di del dello della dei degli delle a al alla ai alle da dal
        dalla in nel nella nei con su sul sulla per tra fra e o ed che chi cui non è sono era
        stato essere ha hanno si suo sua suoi più ma se come quando dove perché quale quali quanto
        quanti questo questa questi anche cosa l d
        """,
    "portuguese": """
        o a os as um uma uns umas de do da dos das em no na nos nas ao aos à por pelo pela para com
        sem sobre entre até e ou que quem qual quais quando onde como porque não é são era foi ser
        está há se seu sua seus suas mais mas também este esta isso muito quanto quantos
        """,
    "dutch": """
        de het een en of van in is op te aan met voor door bij uit naar om over als maar niet geen
        dat die dit deze er hij zij ze wij we zijn was waren wordt worden werd heeft hebben had
        kan kunnen zal ook nog wel tot tussen wat wie waar wanneer hoe waarom welke welk
        """,
}
FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
"""Languages of the Latin script by the name tantivy's stemmers have, each with its words."""

_LANGUAGES_OF_WORD: dict[str, tuple[str, ...]] = {}
for _language, _set in FUNCTION_WORDS.items():
    for _word in _set:
        _LANGUAGES_OF_WORD[_word] = (*_LANGUAGES_OF_WORD.get(_word, ()), _language)


def find_language(words: Iterable[str]) -> str | None:
    """The Latin-script language with most function words among lower-case ``words``, if any has."""
    counts: dict[str, int] = {}
    for word in words:
        for language in _LANGUAGES_OF_WORD.get(word, ()):
            counts[language] = counts.get(language, 0) + 1
    # Ties go to the language named first above, English before the rest.
    return max(FUNCTION_WORDS, key=lambda language: counts.get(language, 0)) if counts else None
