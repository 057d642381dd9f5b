"""The language of a document's descriptions, and those of which descriptions are compared.

Rules of this file
1. English and Chinese (simplified) are compared: the words of subjects and constraints are known in them alone. Of a
   document in another language names, types, required flags, codes and statuses are, and it is named.
2. A script tells most languages; those in Latin letters are told by their most frequent words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LANGUAGE_NAMES: Final[Mapping[str, str]] = {
    "en": "English",
    "zh": "Chinese",
    "zh-TW": "Traditional Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "ru": "Russian",
    "th": "Thai",
    "id": "Indonesian",
    "pt": "Portuguese",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
    "vi": "Vietnamese",
}
"""The languages that are told apart, by their codes."""
COMPARED_LANGUAGES: Final = ("en", "zh")

_SCRIPTS: Final = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
"""The scripts of one language each; a name in it does not make a language, so it takes a few characters."""
_FEWEST: Final = 10
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_TRADITIONAL: Final = re.compile("[網關閘請參數設區來標識優級權這類對應說實為時間無與個後從當發條連線態務資擇節]")
_SIMPLIFIED: Final = re.compile("[网关闸请参数设区来标识优级权这类对应说实为时间无与个后从当发条连线态务资择节]")
_FREQUENT: Final[Mapping[str, str]] = {
    "en": "the of and is to a that with for if you be this not in are",
    "id": "yang dan untuk dari dengan atau ini jika tidak dalam adalah anda",
    "pt": "o os da do das dos para que não uma um com se você é ao",
    "es": "el los del para que una un con si se es no las por",
    "fr": "le les des du pour que une un avec si est vous la dans",
    "de": "der die das und ist für mit wenn sie eine ein nicht den",
    "vi": "của và là cho các được không với trong nếu bạn",
}
_WORDS: Final = {language: frozenset(words.split()) for language, words in _FREQUENT.items()}
_WORD: Final = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str:
    """The code of the language that most of a text is in; en where nothing tells another."""
    for language, script in _SCRIPTS:
        if len(script.findall(text)) >= _FEWEST:
            return language
    if _HAN.search(text):
        return "zh-TW" if len(_TRADITIONAL.findall(text)) > len(_SIMPLIFIED.findall(text)) else "zh"
    words = _WORD.findall(text.lower())
    counts = {language: sum(word in known for word in words) for language, known in _WORDS.items()}
    best = max(counts, key=lambda language: (counts[language], language == "en"))
    return best if counts[best] >= _FEWEST else "en"
