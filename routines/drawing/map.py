"""The map of a routine, drawn twice as SVG: with a lane for each role for wide screens, and one box under the other
for narrow ones. Colours stand as attributes and in the styles; nothing here needs a style of its own, which the
Content Security Policy would refuse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import drawsvg
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from routines.drawing.arrows import GAP, ways
from routines.drawing.boxes import BAR, MARK, PAD, Box, Line, lines_of, said_of
from routines.drawing.grid import Grid, Place, grid_of
from routines.drawing.words import plain, wrap
from routines.picture import AsDone
from routines.sources import DrawnOn

#: With more, a drawing says less than the list.
MOST_STEPS = 150
#: Of so many records on, it is said how often each step was done as described.
FEWEST_RECORDS = 5
#: As wide as a page leaves room for.
ROOM = 820
_NARROW = 340
_APART = 26
_HEAD = 44
_INK, _LINE, _PAPER, _RED, _BLUE = "#212b32", "#768692", "#ffffff", "#b32121", "#005eb8"


class _Link(drawsvg.DrawingParentElement):
    TAG_NAME = "a"


@dataclass(frozen=True)
class Map:
    """The two drawings, as SVG that is safe to show. ``scrolls``: the wide one is wider than the page."""

    wide: SafeString
    narrow: SafeString
    scrolls: bool
    side_by_side: bool
    measured: bool


@dataclass(frozen=True)
class _Told:
    """What is known of each step: what it draws on, and how often it was done as described."""

    drawn_on: DrawnOn
    as_done: AsDone | None

    def sources(self, step: Any) -> Sequence[Any]:
        return self.drawn_on.steps.get(step.pk, [])

    def share(self, step: Any) -> float | None:
        done = self.as_done
        if done is None or done.number < FEWEST_RECORDS:
            return None
        return 1 - min(sum(done.steps[step.pk].values()) if step.pk in done.steps else 0, done.number) / done.number

    def box(self, place: Place, at: tuple[float, float], across: float, *, lane: str, show_lane: bool) -> Box:
        step, room = place.step, across - 2 * PAD
        sources, share = self.sources(step), self.share(step)
        lines = lines_of(place, sources, room=room, who=lane if show_lane else "", share=share)
        said = said_of(place, sources, who=lane, share=share)
        return Box(place, *at, across, lines, said, any(one.gone for one in sources), share)


def drawn(title: str, steps: Sequence[Any], drawn_on: DrawnOn, as_done: AsDone | None = None) -> Map | None:
    """The map of these steps, of a routine of this title; None where there is nothing to draw, or too much for it to
    be legible. ``as_done``: what was recorded, where it is to be shown."""
    if not steps or len(steps) > MOST_STEPS:
        return None
    grid, told = grid_of(steps), _Told(drawn_on, as_done)
    wide, across = _wide(grid, told, title)
    return Map(
        wide=wide,
        narrow=_narrow(grid, told, title),
        scrolls=across > ROOM,
        side_by_side=any(len(rank) > 1 for rank in grid.ranks),
        measured=told.share(steps[0]) is not None,
    )


# With a lane for each role


def _wide(grid: Grid, told: _Told, title: str) -> tuple[SafeString, float]:
    columns = sum(grid.slots)
    across = min(320.0, max(150.0, (ROOM - _APART * (columns + 1)) / columns))
    starts = [_APART + sum(grid.slots[:lane]) * (across + _APART) for lane in range(len(grid.lanes))]
    heads = [_lane_words(who, slots, across) for who, slots in zip(grid.lanes, grid.slots, strict=True)]
    y = _HEAD + 14 * max(len(lines) - 1 for lines in heads) + 18.0
    rows = []
    for places in grid.ranks:
        boxes = [
            told.box(place, (starts[place.lane] + place.slot * (across + _APART), y), across, **_named(grid, place))
            for place in places
        ]
        y = max(box.bottom for box in boxes) + GAP
        rows.append(boxes)
    total = (_APART + columns * (across + _APART), y - GAP + 18)
    gutters = [_APART / 2 + 5 + column * (across + _APART) for column in range(columns + 1)]  # beside a lane’s edge
    picture = _drawing("wide", total, title)
    picture.extend(_lanes(heads, starts, grid.slots, across, total[1]))
    picture.extend(_arrows("wide", rows, grid, gutters))
    picture.extend(_in_order(rows))
    return _svg(picture), total[0]


def _named(grid: Grid, place: Place, *, show: bool = False) -> dict[str, Any]:
    return {"lane": grid.lanes[place.lane], "show_lane": show}


def _lane_words(who: str, slots: int, across: float) -> list[str]:
    return wrap(who, size=15, room=slots * (across + _APART) - _APART, most=3)


def _lanes(
    heads: Sequence[list[str]], starts: Sequence[float], slots: Sequence[int], across: float, tall: float
) -> Iterable[Any]:
    for lane, (lines, start, many) in enumerate(zip(heads, starts, slots, strict=True)):
        left, wide = start - _APART / 2, many * (across + _APART)
        fill = "#f0f4f5" if lane % 2 == 0 else _PAPER
        yield drawsvg.Rectangle(left, 0, wide, tall, fill=fill, stroke="#d8dde0", class_="app-map__lane")
        for number, line in enumerate(lines):
            about = {"text_anchor": "middle", "fill": _INK, "font_weight": "600", "class_": "app-map__who"}
            yield drawsvg.Text(line, 14, left + wide / 2, 26 + 17 * number, **about)


# One under the other


def _narrow(grid: Grid, told: _Told, title: str) -> SafeString:
    margin = 16.0
    rows: list[list[Box]] = []
    y = 2.0
    for together in grid.ranks:
        for places in (together[start : start + 2] for start in range(0, len(together), 2)):
            across = (_NARROW - 2 * margin - (len(places) - 1) * margin) / len(places)
            boxes = [
                told.box(place, (margin + beside * (across + margin), y), across, **_named(grid, place, show=True))
                for beside, place in enumerate(places)
            ]
            y = max(box.bottom for box in boxes) + GAP
            rows.append(boxes)
    picture = _drawing("narrow", (_NARROW, y - GAP + 4), title)
    picture.extend(_arrows("narrow", rows, grid, [margin / 2, _NARROW - margin / 2]))
    picture.extend(_in_order(rows))
    return _svg(picture)


# What both are made of


def _drawing(name: str, size: tuple[float, float], title: str) -> drawsvg.Drawing:
    picture = drawsvg.Drawing(
        *map(round, size),
        **{
            "class": f"app-map__svg app-map__svg--{name}",
            "role": "graphics-document",
            "font_family": "Arial, sans-serif",
        },
        aria_labelledby=f"map-{name}-title",
    )
    named = drawsvg.Raw(f'<title id="map-{name}-title">{escape(plain(f"Map of {title}"))}</title>')
    picture.append(named)
    return picture


def _arrows(name: str, rows: Sequence[Sequence[Box]], grid: Grid, gutters: Sequence[float]) -> Iterable[Any]:
    head = drawsvg.Marker(0, 0, 10, 10, scale=0.9, orient="auto", id=f"map-{name}-arrow", refX=9, refY=5)
    head.append(drawsvg.Path("M0,0 L10,5 L0,10 z", fill=_INK, class_="app-map__head"))
    for way in ways(rows, grid.links, gutters=gutters):
        line = {"fill": "none", "stroke": _INK, "stroke_width": 1.5, "stroke_linejoin": "round"}
        points = [number for point in way for number in point]
        yield drawsvg.Lines(*points, close=False, marker_end=head, class_="app-map__arrow", **line)


def _in_order(rows: Sequence[Sequence[Box]]) -> Iterable[Any]:
    """As the steps are numbered, which is how the keyboard goes through them."""
    yield from map(_box, sorted((box for boxes in rows for box in boxes), key=lambda box: box.place.index))


def _box(box: Box) -> Any:
    # drawsvg writes attributes as they are, so what people wrote is escaped here.
    link = _Link(href=escape(f"#step-{box.place.step.key}"), aria_label=escape(plain(box.said)), class_="app-map__step")
    edge = {"stroke": _RED, "stroke_width": 3, "stroke_dasharray": "7 4"} if box.gone else {"stroke": _LINE}
    known = "app-map__box app-map__box--gone" if box.gone else "app-map__box"
    link.append(drawsvg.Rectangle(box.x, box.y, box.width, box.height, rx=4, fill=_PAPER, class_=known, **edge))
    y = box.y + PAD
    for line in box.lines:
        link.extend(_line(line, box.x + PAD, y))
        y += line.height
    if box.share is not None:
        link.extend(_bar(box, y + 2))
    return link


def _line(line: Line, x: float, y: float) -> Iterable[Any]:
    inset = MARK if line.mark else 0
    about = {"fill": _RED if line.kind == "gone" else _INK, "class_": f"app-map__{line.kind}"}
    if line.kind in ("what", "gone", "who"):
        about["font_weight"] = "600"
    yield from _mark(line.mark, x, y + 2)
    yield drawsvg.Text(line.text, line.size, x + inset, y + line.size, **about)


def _mark(mark: str, x: float, y: float) -> Iterable[Any]:
    """A page for guidance, a bulb for an insight, a triangle with its mark for what is gone."""
    if mark == "page":
        yield drawsvg.Path(
            f"M{x},{y} h6 l3,3 v8 h-9 z m2,5 h5 m-5,3 h5", fill="none", stroke=_BLUE, class_="app-map__mark"
        )
    elif mark == "bulb":
        yield drawsvg.Circle(x + 5, y + 4, 4, fill="none", stroke=_BLUE, class_="app-map__mark")
        yield drawsvg.Path(f"M{x + 3},{y + 9} h4 m-3,2 h2", fill="none", stroke=_BLUE, class_="app-map__mark")
    elif mark == "gone":
        yield drawsvg.Path(f"M{x + 5},{y - 1} l6,11 h-12 z", fill=_RED, class_="app-map__warning")
        yield drawsvg.Path(f"M{x + 5},{y + 3} v3 m0,1.5 v1", fill="none", stroke=_PAPER, stroke_width=1.5)


def _bar(box: Box, y: float) -> Iterable[Any]:
    whole = box.width - 2 * PAD
    yield drawsvg.Rectangle(box.x + PAD, y, whole, BAR, fill=_PAPER, stroke=_BLUE, class_="app-map__bar")
    filled = whole * (box.share or 0)
    yield drawsvg.Rectangle(box.x + PAD, y, round(filled, 1), BAR, fill=_BLUE, class_="app-map__bar app-map__bar--done")


def _svg(picture: drawsvg.Drawing) -> SafeString:
    made = picture.as_svg(header="", skip_js=True, skip_css=True)
    return mark_safe(made)  # all that people wrote is escaped: texts by drawsvg, attributes in _box
