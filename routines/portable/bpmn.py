"""A routine as BPMN 2.0 (OMG formal/2013-12-09; ISO/IEC 19510), with where everything stands, so that any tool for such
diagrams draws it: lanes by role from left to right, and a gateway wherever steps part or meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from routines.drawing.grid import Grid, Place, grid_of
from routines.drawing.words import plain
from routines.sources import Drawn

_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_WAY = "http://www.omg.org/spec/DD/20100524/DI"
_PREFIXES = {None: _MODEL, "bpmndi": _DI, "dc": _DC, "di": _WAY}
#: A task's size, the step from one rank to the next, and the room that a step has in its lane.
_TASK, _RANK, _SLOT = (140, 80), 300, 110
_GATE, _EVENT = 50, 36
#: Where the first rank begins, beyond the names of the pool and its lanes and the start.
_LEFT = 180
_NAMES = 30


@dataclass
class _Node:
    """Something that arrows lead to and from: a task, a gateway or an event, and where it stands."""

    id: str
    kind: str
    name: str
    lane: int
    x: float
    y: float
    width: float
    height: float
    notes: list[str] = field(default_factory=list)
    comes: list[str] = field(default_factory=list)
    goes: list[str] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


class _Diagram:
    """The nodes and flows of a grid."""

    def __init__(self, grid: Grid, drawn: Mapping[int, Sequence[Drawn]]):
        self.grid = grid
        self.heights = [slots * _SLOT + 20 for slots in grid.slots] or [_SLOT + 20]
        self.nodes: dict[str, _Node] = {}
        self.flows: list[tuple[str, str, str]] = []
        self.width = _LEFT + _RANK * max(len(grid.ranks), 1) + 40
        for place in grid.places:
            self._add(self._task(place, drawn.get(place.step.pk, ())))
        self._link()

    def _add(self, node: _Node) -> str:
        self.nodes[node.id] = node
        return node.id

    def _task(self, place: Place, drawn: Sequence[Drawn]) -> _Node:
        x = _LEFT + place.rank * _RANK + 70
        y = sum(self.heights[: place.lane]) + 10 + place.slot * _SLOT + (_SLOT - _TASK[1]) / 2
        notes = _notes(place.step, drawn)
        return _Node(f"Task_{place.number}", "task", place.step.what, place.lane, x, y, *_TASK, notes=notes)

    def _beside(self, task: _Node, id: str, kind: str, away: float, *, size: float) -> str:
        """A gateway or event on the line of a task."""
        return self._add(_Node(id, kind, "", task.lane, task.x + away, task.middle - size / 2, size, size))

    def _link(self) -> None:
        places = self.grid.places
        after: dict[int, list[int]] = {place.index: [] for place in places}
        before: dict[int, list[int]] = {place.index: [] for place in places}
        for earlier, later in self.grid.links:
            after[earlier].append(later)
            before[later].append(earlier)
        first = places and self.nodes["Task_1"]
        stands = first or _Node("", "", "", 0, _LEFT + 70, 25, *_TASK)
        start = self._beside(stands, "Start", "startEvent", -110, size=_EVENT)
        comes = {index: self._meets(index, len(some)) for index, some in before.items()}
        goes = {index: self._parts(index, len(some)) for index, some in after.items()}
        ends = [index for index, some in after.items() if not some]
        last = self.nodes[f"Task_{ends[-1] + 1}"] if ends else stands
        end = self._beside(last, "End", "endEvent", _TASK[0] + 60, size=_EVENT)
        for index in [index for index, some in before.items() if not some]:
            self._flow(start, comes[index])
        for earlier, later in self.grid.links:
            self._flow(goes[earlier], comes[later])
        for index in ends:
            self._flow(goes[index], end)
        if not places:
            self._flow(start, end)

    def _meets(self, index: int, number: int) -> str:
        """What leads to a step: a gateway where several do."""
        task = self.nodes[f"Task_{index + 1}"]
        if number < 2:
            return task.id
        gate = self._beside(task, f"Join_{index + 1}", "parallelGateway", -_GATE - 25, size=_GATE)
        self._flow(gate, task.id)
        return gate

    def _parts(self, index: int, number: int) -> str:
        """What leads on from a step: a gateway where it leads to several."""
        task = self.nodes[f"Task_{index + 1}"]
        if number < 2:
            return task.id
        gate = self._beside(task, f"Fork_{index + 1}", "parallelGateway", _TASK[0] + 25, size=_GATE)
        self._flow(task.id, gate)
        return gate

    def _flow(self, source: str, target: str) -> None:
        flow = f"Flow_{len(self.flows) + 1}"
        self.flows.append((flow, source, target))
        self.nodes[source].goes.append(flow)
        self.nodes[target].comes.append(flow)


def as_bpmn(title: str, goal: str, steps: Sequence[Any], drawn: Mapping[int, Sequence[Drawn]]) -> bytes:
    """The XML, in UTF-8. ``drawn``: what each step draws on, by its id."""
    diagram = _Diagram(grid_of(steps), drawn)
    root = etree.Element(
        _in(_MODEL, "definitions"), nsmap=_PREFIXES, id="Definitions", targetNamespace="urn:nhs-learning"
    )
    together = etree.SubElement(root, _in(_MODEL, "collaboration"), id="Collaboration")
    _named(together, "participant", id="Pool", name=title, processRef="Process")
    process = _named(root, "process", id="Process", name=title, isExecutable="false")
    if goal:
        _text(process, "documentation", goal)
    _lanes(process, diagram)
    for node in diagram.nodes.values():
        _node(process, node)
    for flow, source, target in diagram.flows:
        _named(process, "sequenceFlow", id=flow, sourceRef=source, targetRef=target)
    _where(root, diagram)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _lanes(process: Any, diagram: _Diagram) -> None:
    if not diagram.grid.lanes:
        return
    lanes = _named(process, "laneSet", id="Lanes")
    for number, who in enumerate(diagram.grid.lanes):
        lane = _named(lanes, "lane", id=f"Lane_{number + 1}", name=who)
        for node in diagram.nodes.values():
            if node.lane == number:
                _text(lane, "flowNodeRef", node.id)


def _node(process: Any, node: _Node) -> None:
    named = {"id": node.id, "name": node.name} if node.name else {"id": node.id}
    made = _named(process, node.kind, **named)
    for note in node.notes:
        _text(made, "documentation", note)
    for flow in node.comes:
        _text(made, "incoming", flow)
    for flow in node.goes:
        _text(made, "outgoing", flow)


def _notes(step: Any, drawn: Sequence[Drawn]) -> list[str]:
    said = [
        f"Question: {step.prompt}" if step.prompt else "",
        f"With: {step.tool}" if step.tool else "",
        f"Time expected: {step.minutes} min" if step.minutes is not None else "",
        f"Draws on: {'; '.join(one.name for one in drawn)}" if drawn else "",
    ]
    return [note for note in said if note]


# Where everything stands (BPMN Diagram Interchange)


def _where(root: Any, diagram: _Diagram) -> None:
    plane = etree.SubElement(
        etree.SubElement(root, _in(_DI, "BPMNDiagram"), id="Diagram"),
        _in(_DI, "BPMNPlane"),
        id="Plane",
        bpmnElement="Collaboration",
    )
    _shape(plane, "Pool", 0, 0, diagram.width, sum(diagram.heights), isHorizontal="true")
    top = 0
    for number, height in enumerate(diagram.heights[: len(diagram.grid.lanes)]):
        _shape(plane, f"Lane_{number + 1}", _NAMES, top, diagram.width - _NAMES, height, isHorizontal="true")
        top += height
    for node in diagram.nodes.values():
        _shape(plane, node.id, node.x, node.y, node.width, node.height)
    for flow, source, target in diagram.flows:
        edge = etree.SubElement(plane, _in(_DI, "BPMNEdge"), id=f"{flow}_edge", bpmnElement=flow)
        for x, y in _way(diagram.nodes[source], diagram.nodes[target]):
            etree.SubElement(edge, _in(_WAY, "waypoint"), x=_number(x), y=_number(y))


def _shape(plane: Any, of: str, x: float, y: float, width: float, height: float, **about: str) -> None:
    shape = etree.SubElement(plane, _in(_DI, "BPMNShape"), id=f"{of}_shape", bpmnElement=of, **about)
    bounds = {"x": _number(x), "y": _number(y), "width": _number(width), "height": _number(height)}
    etree.SubElement(shape, _in(_DC, "Bounds"), **bounds)


def _way(source: _Node, target: _Node) -> list[tuple[float, float]]:
    """From the right of one to the left of the other, with a bend where they are not on one line."""
    here, there = (source.x + source.width, source.middle), (target.x, target.middle)
    if here[1] == there[1]:
        return [here, there]
    bend = max(here[0] + 10, there[0] - 12)
    return [here, (bend, here[1]), (bend, there[1]), there]


def _number(value: float) -> str:
    return f"{value:g}"


def _in(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _named(parent: Any, tag: str, **about: str) -> Any:
    return etree.SubElement(parent, _in(_MODEL, tag), **{name: plain(said) for name, said in about.items()})


def _text(parent: Any, tag: str, said: str) -> None:
    etree.SubElement(parent, _in(_MODEL, tag)).text = plain(said)
