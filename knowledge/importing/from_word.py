"""Reads Word documents (.docx) by way of HTML: headings, lists, tables, footnotes and pictures."""

from __future__ import annotations

import html
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import mammoth

from knowledge.importing.archive import refuse_unsafe
from knowledge.importing.document import Draft, Unreadable
from knowledge.importing.from_html import html_to_markdown
from knowledge.importing.pictures import Gallery

_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Heading 7'] => h6:fresh
p[style-name='Heading 8'] => h6:fresh
p[style-name='Heading 9'] => h6:fresh
p[style-name='List Bullet 2'] => ul|ol > li > ul > li:fresh
p[style-name='List Bullet 3'] => ul|ol > li > ul|ol > li > ul > li:fresh
p[style-name='List Number 2'] => ul|ol > li > ol > li:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Caption'] => p > em:fresh
p[style-name='toc 1'] => !
p[style-name='toc 2'] => !
p[style-name='toc 3'] => !
p[style-name='toc 4'] => !
p[style-name='TOC Heading'] => !
comment-reference => !
"""
_DAMAGED = "This Word file is damaged and can't be read; open it in Word, save it again and import that."
_MARGINS = re.compile(r"word/(header|footer)\d*\.xml")
_WORDS_OR_TAB = re.compile(r"<w:t(?:\s[^>]*)?>([^<]+)</w:t>|<w:tab(?:\s[^>]*)?/>")
_CORE_TITLE = re.compile(r"<dc:title>([^<]{1,300})</dc:title>")
_MEANINGLESS = re.compile(r"(microsoft word\b.*|document\d*|untitled.*|word document|title)", re.IGNORECASE)


def read_word(content: bytes, path: Path, gallery: Gallery) -> Draft:
    """A Word document. Raises Unreadable for old, locked, damaged and hostile ones."""
    refuse_unsafe(content)
    try:
        page = mammoth.convert_to_html(
            io.BytesIO(content), style_map=_STYLES, convert_image=mammoth.images.img_element(_as_data(gallery))
        ).value
    except RecursionError as error:
        raise Unreadable(
            "This Word file is nested too deeply to be read; save it more simply and import it again."
        ) from error
    except Exception as error:  # mammoth has no error of its own: whatever it stumbles on, the file is at fault
        raise Unreadable(_DAMAGED) from error
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        hint, asides = _core_title(archive), _margins(archive)
    body = html_to_markdown(page, gallery)
    return Draft(body=body, hint=hint, asides=asides)


def _as_data(gallery: Gallery) -> Any:
    """Pictures as Word holds them; what browsers can't show is noted and left out."""

    def attributes(image: Any) -> dict[str, str]:
        with image.open() as source:
            name = gallery.add((image.alt_text or "picture")[:40], source.read())
        return {"src": f"attachment:{name}" if name else "", "alt": image.alt_text or ""}

    return attributes


def _core_title(archive: zipfile.ZipFile) -> str:
    """The title among the document's properties, unless it is one that Word made up."""
    if "docProps/core.xml" not in archive.namelist():
        return ""
    found = _CORE_TITLE.search(archive.read("docProps/core.xml").decode("utf-8", errors="replace"))
    title = html.unescape(found[1]).strip() if found else ""
    return "" if _MEANINGLESS.fullmatch(title) else title


def _margins(archive: zipfile.ZipFile) -> list[str]:
    """The words of headers and footers, a line for each paragraph: versions and review dates often stand there."""
    lines: list[str] = []
    for name in archive.namelist():
        if _MARGINS.fullmatch(name):
            xml = archive.read(name).decode("utf-8", errors="replace")
            for paragraph in xml.split("</w:p>"):
                pieces = _WORDS_OR_TAB.findall(paragraph)
                lines.append(html.unescape("".join(words if words else "\t" for words in pieces)))
    return [line for line in lines if line.strip()]
