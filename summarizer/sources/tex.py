"""TeX as bibliographies hold it, made readable: accents, symbols, fonts and braces; formulas stay as they are."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331",
}  # fmt: skip
_SYMBOLS = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ",
    "textendash": "–", "textemdash": "—", "textquoteleft": "‘", "textquoteright": "’", "textquotedbl": '"',
    "textquotedblleft": "“", "textquotedblright": "”", "guillemotleft": "«", "guillemotright": "»",
    "textbackslash": "\\", "textbraceleft": "\ue001", "textbraceright": "\ue002", "textasciitilde": "~",
    "textasciicircum": "^", "textunderscore": "_", "textbar": "|", "textless": "<", "textgreater": ">",
    "textdollar": "$", "textellipsis": "…", "dots": "…", "ldots": "…", "textbullet": "•", "textdegree": "°",
    "textpm": "±", "texttimes": "×", "textmu": "μ", "textmicro": "µ", "texteuro": "€", "pounds": "£",
    "textregistered": "®", "texttrademark": "™", "copyright": "©", "S": "§", "P": "¶", "slash": "/",
    "times": "×", "pm": "±", "mu": "μ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "infty": "∞", "leq": "≤", "le": "≤",
    "geq": "≥", "ge": "≥", "neq": "≠", "approx": "≈", "sim": "∼", "ll": "≪", "gg": "≫", "cdot": "·",
    "rightarrow": "→", "to": "→", "leftarrow": "←", "leftrightarrow": "↔", "prime": "′", "ell": "ℓ",
    "quad": " ", "qquad": " ", "space": " ", "backslash": "\\", "circ": "∘",
}  # fmt: skip
_FONTS = (
    "emph|textbf|textit|texttt|textrm|textsf|textsc|textsl|textup|textmd|textnormal|text|mbox|hbox|underline|url"
    "|uppercase|lowercase|enquote|ensuremath|path|textsuperscript|textsubscript"
)
_FONT = re.compile(rf"\\(?:{_FONTS})\s*\{{([^{{}}]*)\}}")
_LINK = re.compile(r"\\href\s*\{[^{}]*\}\s*\{([^{}]*)\}")
_SWITCH = re.compile(
    r"\\(?:em|bf|it|tt|rm|sf|sc|sl|bfseries|itshape|scshape|ttfamily|upshape|normalfont|protect|relax)\b\s*"
)
_ACCENT = re.compile(
    r"\\(?:([`'^\"~=.])\s*|([uvHtcdbkr])(?:\s+|(?=\{)))(?:\{\s*(\\[ij](?![A-Za-z])|[^\W\d_]?)\s*\}|(\\[ij](?![A-Za-z])|[^\W\d_]))"
)
_NAMED = re.compile(r"\\([A-Za-z]+)(?:\{\}|[ ]+|(?![A-Za-z]))")
_MATH = re.compile(r"(?<!\\)\$(?:\\.|[^$\\])+\$")
# A formula that is no more than a symbol, a number and letters reads better without its dollar signs.
_LONE_SYMBOL = re.compile(r"\$\s*\\([A-Za-z]+)\s*([A-Za-z0-9]?)\s*\$")
# Of Unicode's private use: they stand for a formula, { and } while the text around them is read.
_HELD = "\ue000"


def readable(text: str) -> str:
    """Return ``text`` with TeX's accents, symbols and fonts turned into letters, and its braces taken off.

    Formulas between dollar signs stay as they are written; so do commands that are not known, because what
    they would print is not known either.
    """
    if not re.search(r"[\\{}$~]|``|''", text):
        return text
    formulas: list[str] = []

    def hold(found: re.Match[str]) -> str:
        formulas.append(_formula(found.group()))
        return _HELD

    text = _words(_MATH.sub(hold, re.sub("[\ue000-\ue002]", "", text)))
    parts = text.split(_HELD)
    return parts[0] + "".join(f + part for f, part in zip(formulas, parts[1:], strict=True))


def _formula(formula: str) -> str:
    lone = _LONE_SYMBOL.fullmatch(formula)
    return _SYMBOLS[lone[1]] + lone[2] if lone and lone[1] in _SYMBOLS else formula


def _words(text: str) -> str:
    # Exports that escaped TeX once too often hold it as words; whoever reads that wants the letters as well.
    text = re.sub(r"\\textbackslash(?:\{\}|[ ]*)(?=[A-Za-z])", r"\\", text)
    text = re.sub(r"\\([{}])", lambda found: "\ue001" if found[1] == "{" else "\ue002", text)
    text = re.sub(r"(\\[A-Za-z]+)\ue001([^\ue001\ue002]*)\ue002", r"\1{\2}", text)
    text = _SWITCH.sub("", _ACCENT.sub(_accented, text))
    before = ""
    while before != text:  # fonts within fonts, from the innermost outwards
        before, text = text, _LINK.sub(r"\1", _FONT.sub(r"\1", text))
    text = _NAMED.sub(lambda found: _SYMBOLS.get(found[1], found.group()), text)
    text = re.sub(r"\\[,;:! ]|(?<!\\)~|\\\\", " ", text)
    text = re.sub(r"\\-|\\/", "", text)
    text = re.sub(r"\\([&%$#_])", r"\1", text)
    text = text.replace("``", "“").replace("''", "”").replace("---", "—").replace("--", "–")
    # Braces only keep capitals together, unless they belong to a command that has stayed.
    text = re.sub(r"(\\[A-Za-z]+)\{([^{}]*)\}", "\\1\ue001\\2\ue002", text)
    return re.sub(r"[{}]", "", text).replace("\ue001", "{").replace("\ue002", "}")


def _accented(found: re.Match[str]) -> str:
    mark = _ACCENTS.get(found[1] or found[2], "")
    letter = found[3] if found[3] is not None else found[4]
    letter = {"\\i": "i", "\\j": "j"}.get(letter, letter)
    if not letter:  # \~{} is the sign itself
        return found[1] if found[1] in ("~", "^") else ""
    return unicodedata.normalize("NFC", letter + mark)
