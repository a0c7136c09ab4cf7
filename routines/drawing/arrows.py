"""The ways of arrows between boxes, around those that stand between. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routines.drawing.boxes import Box

#: From the bottom of a row to the top of the next.
GAP = 40
_APART = 6

Way = list[tuple[float, float]]


def ways(rows: Sequence[Sequence[Box]], links: Sequence[tuple[int, int]], *, gutters: Sequence[float]) -> Iterator[Way]:
    """For each link the points of its way, from the foot of one box to the head of another. ``gutters`` are the x of
    places in which no box ever stands."""
    at = {box.place.index: (row, box) for row, boxes in enumerate(rows) for box in boxes}
    for earlier, later in links:
        (row, above), (end, below) = at[earlier], at[later]
        between = [box for boxes in rows[row : end + 1] for box in boxes if box not in (above, below)]
        leave = max(box.bottom for box in rows[row]) + 10 + _APART * (rows[row].index(above) % 4)
        yield _way(above, below, between, gutters, leave)


def _way(above: Box, below: Box, between: Sequence[Box], gutters: Sequence[float], leave: float) -> Way:
    foot, head = (above.middle, above.bottom), (below.middle, below.y)
    if _free(below.middle, leave, below.y, between):
        return _straightened([foot, (above.middle, leave), (below.middle, leave), head])
    arrive = below.y - 12
    if _free(above.middle, above.bottom, arrive, between):
        return _straightened([foot, (above.middle, arrive), (below.middle, arrive), head])
    near = sorted(gutters, key=lambda x: abs(x - above.middle) + abs(x - below.middle))
    gutter = next((x for x in near if _free(x, leave, arrive, between)), near[0])
    return [foot, (above.middle, leave), (gutter, leave), (gutter, arrive), (below.middle, arrive), head]


def _free(x: float, top: float, bottom: float, boxes: Sequence[Box]) -> bool:
    return not any(box.x - 4 < x < box.x + box.width + 4 and box.y < bottom and box.bottom > top for box in boxes)


def _straightened(way: Way) -> Way:
    return [way[0], way[-1]] if way[0][0] == way[-1][0] else way
