"""A routine is taken away: as a spreadsheet that is safe to open, and as BPMN that other people's tools read."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from nhs_learning.record.spreadsheets import as_meant, harmless
from routines.models import Routine

_HERE = Path(__file__).parent
MARKUP = "Ask <b>\"why\"</b> & 'how' ]]>\x0b --> &lt;"


@pytest.fixture
def odd(huddle, asthma, curator) -> Routine:
    """A routine that parts and meets, with words that spreadsheets and XML might take for something else."""
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title=MARKUP, service=huddle.service)
    draft.write(
        by=curator,
        goal="Safe & <sound>.",
        steps=[
            {"key": "s1", "who": "Nurse", "what": MARKUP, "minutes": 0},
            {"key": "s2", "who": "Nurse", "what": '=HYPERLINK("http://x")', "tool": "+44", "after": ("s1",)},
            {"key": "s3", "who": "@Registrar", "what": "-1", "prompt": 'Two\nlines; "both"', "after": ("s1",)},
            {
                "key": "s4",
                "who": "Nurse",
                "what": "Meet",
                "after": ("s2", "s3"),
                "draws_on": [f"guidance-{asthma.pk}"],
            },
        ],
    )
    draft.adopt(by=curator)
    draft.routine.refresh_from_db()
    return draft.routine


def csv_of(response) -> list[list[str]]:
    assert "attachment" in response["Content-Disposition"]
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_a_routine_goes_out_as_csv_in_which_nothing_is_a_formula(odd, nurse, signed_in):
    heading, *rows = csv_of(signed_in(nurse).get(f"{odd.get_absolute_url()}export.csv"))
    assert heading == ["Step", "Who", "Does what", "With", "Question", "Minutes", "After", "Draws on"]
    assert rows[1][2:4] == ['\'=HYPERLINK("http://x")', "'+44"]
    assert rows[2][1:3] == ["'@Registrar", "'-1"]
    assert [row[5] for row in rows] == ["0", "", "", ""]
    assert [row[6] for row in rows] == ["", "1", "1", "2, 3"]
    assert rows[3][7] == "Acute asthma in adults"


@pytest.mark.parametrize("said", ["=1+1", "'=1+1", "''-x", "it's", "'quoted'", "", "'", "a=b", "  =1"])
def test_what_is_made_harmless_is_read_again_as_it_was(said):
    assert as_meant(harmless(said)) == said
    assert not harmless(said).lstrip().startswith(("=", "+", "-", "@"))


def test_a_routine_goes_out_as_a_workbook_in_which_every_cell_is_text_or_a_number(odd, nurse, signed_in):
    response = signed_in(nurse).get(f"{odd.get_absolute_url()}export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert sheet["C3"].value == '=HYPERLINK("http://x")'
    assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s", "n"}
    assert sheet["E4"].value == 'Two\nlines; "both"'
    assert "\x0b" not in sheet["C2"].value


def read_bpmn(xml: bytes) -> dict:
    said = subprocess.run(["node", _HERE / "read_bpmn.mjs"], input=xml, capture_output=True, check=True)
    return json.loads(said.stdout)


def test_other_peoples_tools_read_our_bpmn_without_a_warning(odd, nurse, signed_in):
    response = signed_in(nurse).get(f"{odd.get_absolute_url()}export.bpmn")
    found = read_bpmn(response.content)
    assert found["warnings"] == []
    named = MARKUP.replace("\x0b", "")
    assert found["name"] == named
    assert ["bpmn:Task", named] in found["nodes"]
    kinds = [kind for kind, _ in found["nodes"]]
    assert kinds.count("bpmn:ParallelGateway") == 2, "where they part, and where they meet"
    assert (kinds.count("bpmn:StartEvent"), kinds.count("bpmn:EndEvent")) == (1, 1)
    assert ["Fork_1", "Task_2"] in found["flows"]
    assert ["Task_3", "Join_4"] in found["flows"]
    assert set(found["lanes"]) == {"Nurse", "@Registrar"}
    assert found["lanes"]["@Registrar"] == ["Task_3"]


def test_everything_in_our_bpmn_has_its_place_in_the_drawing(odd, nurse, signed_in):
    xml = signed_in(nurse).get(f"{odd.get_absolute_url()}export.bpmn").content
    found = read_bpmn(xml)
    assert len(found["drawn"]) == 1 + len(found["lanes"]) + len(found["nodes"]) + len(found["flows"])
    root = etree.fromstring(xml)
    lanes = [
        (float(bounds.get("y")), float(bounds.get("height")))
        for shape in root.iter("{*}BPMNShape")
        if shape.get("bpmnElement").startswith("Lane")
        for bounds in shape
    ]
    assert lanes[0][0] + lanes[0][1] == lanes[1][0], "lanes lie one under the other"


def test_a_routine_without_steps_is_a_start_and_an_end(curator, services, nurse, signed_in):
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title="Empty", service=services.medicine)
    draft.adopt(by=curator)
    found = read_bpmn(signed_in(nurse).get("/routines/empty/export.bpmn").content)
    assert (found["warnings"], found["flows"]) == ([], [["Start", "End"]])


def test_what_is_not_open_to_the_reader_goes_out_without_its_name(huddle, asthma, curator, person, services, signed_in):
    asthma.describe(by=curator, audience="service")
    surgeon = person("surgeon", role="reader", service=services.surgery)
    rows = csv_of(signed_in(surgeon).get(f"{huddle.get_absolute_url()}export.csv"))
    assert rows[2][7] == "Guidance that is not open to you"


def test_the_page_offers_them_all(huddle, nurse, signed_in):
    html = signed_in(nurse).get(huddle.get_absolute_url()).text
    for kind in ("csv", "xlsx", "bpmn"):
        assert f'href="{huddle.get_absolute_url()}export.{kind}"' in html
