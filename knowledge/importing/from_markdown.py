"""Reads Markdown: front matter, wiki links, pictures beside the file, and HTML within it made safe."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import yaml

from knowledge.importing.decoding import decode
from knowledge.importing.document import Draft
from knowledge.importing.from_html import html_to_markdown
from knowledge.importing.headings import parser
from knowledge.importing.pictures import Gallery

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.{0,65536}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DROPPED = re.compile(
    r"<(script|style|iframe|object|svg|form|noscript|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TABLE = re.compile(r"<table\b.*?</table\s*>", re.DOTALL | re.IGNORECASE)
_WEB_CODE = re.compile(
    r"^(?:import\s+[\w{}*, \t]+\s+from\s+['\"].+['\"];?|export\s+(?:const|default)\b.*)[ \t]*$", re.MULTILINE
)
_COMPONENT = re.compile(r"</?[A-Z]\w*(?:\s[^<>]*)?/?>")
_ADDED = re.compile(r"\{\+\+?(.*?)\+?\+\}|\{==(.*?)==\}", re.DOTALL)
_ASIDE = re.compile(r"^:::\s*(\w+)[ \t]*(.*)$|^:::[ \t]*$", re.MULTILINE)
_WIKI = re.compile(r"(!?)\[\[([^\[\]\n|\\]{1,300})(?:\\?\|([^\[\]\n]{0,300}))?\]\]")
_LABEL = r"((?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.){0,300}\]){0,1000})"
_INLINE = re.compile(
    rf"(!?)\[{_LABEL}\]\(\s*(<[^<>\n]*>|(?:[^()\s]|\((?:[^()\s])*\))*)(?:\s+[\"'(][^\n]*?[\"')])?\s*\)"
)
_DEFINITION = re.compile(r"^( {0,3}\[[^\]^][^\]]*\]:[ \t]*)(<[^<>\n]*>|\S+)(.*)$", re.MULTILINE)
_PICTURE_TAG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_LINK_TAG = re.compile(r"<a\b[^>]*\bhref\s*=\s*[\"']?([^\"'>\s]+)[^>]*>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_KNOWN_TAG = re.compile(
    r"</?(a|abbr|b|big|blink|center|cite|div|em|figure|figcaption|font|i|ins|kbd|li|mark|ol|p|q|s|small|span|strong|tt|u|ul|"
    r"details|summary|section|input|button|embed|video|audio|source|link|meta|html|body|head|frame|frameset|base)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_KEPT_TAG = re.compile(r"<(/?)(br|sub|sup)\b[^<>]*>", re.IGNORECASE)


def read_markdown(content: bytes, path: Path, gallery: Gallery) -> Draft:
    """A Markdown file, perhaps with YAML front matter. Raises Unreadable where it isn't text."""
    text = decode(content)
    stated, text = _front_matter(text, gallery)
    text = _outside_code(text.expandtabs(4), lambda prose: _prose(prose, gallery))
    text = _html_blocks(text, gallery)
    text = _outside_code(text, lambda prose: _addresses(prose, gallery))
    title = stated.get("title")
    return Draft(body=text, title=title if isinstance(title, str) else "", stated=stated)


def _front_matter(text: str, gallery: Gallery) -> tuple[dict[str, object], str]:
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    try:
        stated = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        gallery.warn(
            "What stands between the two lines of dashes at the top could not be understood, and was left out."
        )
        return {}, text[found.end() :]
    if stated is None:
        return {}, text[found.end() :]
    if not isinstance(stated, dict):
        return {}, text
    return {str(key).strip().lower(): value for key, value in stated.items()}, text[found.end() :]


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change what is prose, and leave blocks of code as they are."""
    lines = text.split("\n")
    pieces: list[str] = []
    at = 0
    for token in parser().parse(text):
        if token.type in ("fence", "code_block") and token.map and token.map[0] >= at:
            pieces.append(change("\n".join(lines[at : token.map[0]])))
            pieces.append("\n".join(lines[token.map[0] : token.map[1]]))
            at = token.map[1]
    pieces.append(change("\n".join(lines[at:])))
    return "\n".join(pieces)


def _outside_code_spans(prose: str, change: Callable[[str], str]) -> str:
    pieces: list[str] = []
    at = 0
    for span in _CODE.finditer(prose):
        pieces += [change(prose[at : span.start()]), span[0]]
        at = span.end()
    return "".join([*pieces, change(prose[at:])])


def _prose(prose: str, gallery: Gallery) -> str:
    """Without what belongs to a web site rather than to the text; HTML tables turned into Markdown's."""
    prose = _DROPPED.sub("", _COMMENT.sub("", prose))
    prose = _COMPONENT.sub("", _WEB_CODE.sub("", prose))
    prose = _ADDED.sub(lambda found: found[1] or found[2] or "", prose)
    prose = _ASIDE.sub(lambda found: f"**{(found[2] or found[1]).strip().capitalize()}**\n" if found[1] else "", prose)
    return _TABLE.sub(lambda table: f"\n\n{html_to_markdown(table[0], gallery)}\n\n", prose)


def _html_blocks(text: str, gallery: Gallery) -> str:
    """Blocks of HTML that remain, turned into Markdown; in the order of the text, so that each is met once."""
    lines = text.split("\n")
    at = 0
    pieces: list[str] = []
    for token in parser().parse(text):
        if token.type == "html_block" and token.map and token.map[0] >= at and token.level == 0:
            pieces += ["\n".join(lines[at : token.map[0]]), ""]
            block = "\n".join(lines[token.map[0] : token.map[1]])
            pieces += [html_to_markdown(block, gallery) if _all_html(block) else block, ""]
            at = token.map[1]
    return "\n".join([*pieces, "\n".join(lines[at:])])


def _all_html(block: str) -> bool:
    """Whether this block is HTML to its end, rather than Markdown with a tag before it."""
    return block.rstrip().endswith(">") and not re.search(r"\]\(|^\s*(?:[-*#>]|\d+\.)\s", block, re.MULTILINE)


def _addresses(prose: str, gallery: Gallery) -> str:
    return _outside_code_spans(prose, lambda words: _mended(words, gallery))


def _mended(words: str, gallery: Gallery) -> str:
    """Links and pictures led to where they will be, and the last of the HTML taken out or made Markdown."""
    words = _INLINE.sub(lambda found: _link(found, gallery), words)
    words = _WIKI.sub(lambda found: _wiki(found, gallery), words)
    words = _DEFINITION.sub(lambda found: _definition(found, gallery), words)
    words = _PICTURE_TAG.sub(lambda tag: html_to_markdown(tag[0], gallery).strip(), words)
    words = _LINK_TAG.sub(lambda tag: _to(tag[2], gallery.address(tag[1])), words)
    words = _KNOWN_TAG.sub(lambda tag: _MARKS.get(tag[1].lower(), ""), words)
    return _KEPT_TAG.sub(lambda tag: f"<{tag[1]}{tag[2].lower()}>", words)


def _to(words: str, address: str | None) -> str:
    if not address:
        return words
    target = f"<{address}>" if re.search(r"[()\s]", address) else address
    return f"[{words}]({target})"


def _wiki(found: re.Match[str], gallery: Gallery) -> str:
    """``[[Page#Part|words]]`` and ``![[picture.png|300]]``: what is of that name, wherever it is in the folder."""
    name, _, part = found[2].strip().partition("#")
    label = (found[3] or "").strip()
    place = gallery.named(name) if name else None
    if found[1]:
        alt = "" if re.fullmatch(r"[\dx\s]*", label) else label
        return gallery.picture(gallery.relative(place) if place else name, alt)
    words = label or (f"{name}: {part}" if name and part else name or part)
    if place:
        return _to(words, gallery.address(gallery.relative(place)))
    if not name and part:
        return f"[{words}](#{part.strip().replace(' ', '-')})"
    gallery.lost_link(name)
    return words


def _link(found: re.Match[str], gallery: Gallery) -> str:
    label, target = found[2], found[3].strip("<>")
    if found[1]:
        return gallery.picture(target, re.sub(r"\\?\|\d+(x\d+)?$", "", label))
    label = _INLINE.sub(lambda inner: _link(inner, gallery), label)
    return _to(label, gallery.address(target))


def _definition(found: re.Match[str], gallery: Gallery) -> str:
    """``[name]: address`` on a line of its own, for links and pictures that are referred to by name."""
    target = found[2].strip("<>")
    if re.match(r"https?:|mailto:|tel:|#", target, re.IGNORECASE):
        return found[0]
    if re.search(r"\.(png|jpe?g|gif|webp)$|^data:image/", target, re.IGNORECASE):
        shown = re.search(r"\(([^()]*)\)$", gallery.picture(target))
        return found[1] + shown[1] if shown and shown[1].startswith("attachment:") else ""
    address = gallery.address(target)
    return found[1] + (f"<{address}>" if address else "<>") + found[3]
