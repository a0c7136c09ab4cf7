"""Markdown documents keep what they say; what belongs to a web site, or could do harm, stays behind."""

from __future__ import annotations

import datetime

from knowledge.markdown import render

from .conftest import picture


def test_the_title_is_the_first_heading_and_the_rest_begin_at_the_second_level(read):
    document = read("a.md", "# Sepsis\n\n# Recognise\n\nLook.\n\n### Signs\n\nListen.\n\nTreat\n-----\n\nAct.\n")
    assert document.title == "Sepsis"
    assert document.body == "## Recognise\n\nLook.\n\n### Signs\n\nListen.\n\n### Treat\n\nAct.\n"


def test_a_title_sheds_its_pictographs(read):
    assert read("a.md", "# ❗️Emergency\n\nAct.").title == "Emergency"


def test_a_document_that_begins_with_introduction_takes_its_title_from_its_name(read):
    assert (
        read("acute-pain_in-adults.md", "# Introduction\n\nPain.\n\n# Treatment\n\nRest.").title
        == "Acute pain in adults"
    )


def test_a_bold_first_line_is_a_title(read):
    assert (
        read("doc1.md", "**Care of the airway**\n\n# Introduction\n\nBreathe.\n\n# More\n\nx").title
        == "Care of the airway"
    )


def test_front_matter_says_title_version_and_dates(read):
    document = read(
        "a.md",
        "---\ntitle: Falls\nversion: 3.1\ncommittee: Falls Group\nlast_reviewed: 2024-02-20\nreview due: 20/02/2027\n"
        "tags: [Falls, Frailty]\n---\n# Falls\n\nMind the step.\n",
    )
    assert (document.title, document.body) == ("Falls", "Mind the step.\n")
    assert document.metadata.version_label == "3.1"
    assert document.metadata.committee == "Falls Group"
    assert document.metadata.last_reviewed == datetime.date(2024, 2, 20)
    assert document.metadata.review_due == datetime.date(2027, 2, 20)
    assert document.metadata.topics == ("Falls", "Frailty")


def test_front_matter_that_cannot_be_understood_is_left_out_with_a_word(read):
    document = read("a.md", "---\ntitle: [unclosed\n---\n# Falls\n\nMind the step.\n")
    assert document.title == "Falls"
    assert "could not be understood" in document.warnings[0]


def test_pictures_beside_the_file_are_kept_once_with_names_of_their_own(read, save):
    save("attachments/Flow chart.png", picture())
    save("other/Flow chart.png", picture(shade=9))
    document = read(
        "a.md",
        "# A\n\n![Flow](attachments/Flow%20chart.png) ![](other/Flow%20chart.png) ![](<attachments/Flow chart.png>)",
    )
    assert [image.name for image in document.images] == ["Flow-chart.png", "Flow-chart-2.png"]
    assert document.images[0].content == picture()
    assert document.images[0].content_type == "image/png"
    assert document.body == (
        "![Flow](attachment:Flow-chart.png) ![](attachment:Flow-chart-2.png) ![](attachment:Flow-chart.png)\n"
    )


def test_a_picture_that_is_missing_is_said_to_be_missing(read):
    document = read("a.md", "# A\n\n![Doses](doses.png)\n")
    assert document.body == "*(Picture missing: Doses)*\n"
    assert document.warnings == ["The picture “doses.png” is not there."]


def test_nothing_outside_the_folder_is_read(read, save, tmp_path):
    secret = save("secret.png", picture())
    from knowledge.importing import read_document

    page = save("folder/a.md", f"# A\n\n![x](../secret.png) ![y]({secret}) [z](../secret.png) ![[secret.png]]\n")
    (page.parent / "link.png").symlink_to(secret)
    page.write_text(page.read_text() + "\n![w](link.png)\n")
    assert read_document(page, root=page.parent).images == []


def test_a_drawing_that_could_hold_scripts_is_left_out(read, save):
    save("a.svg", "<svg onload='alert(1)'></svg>")
    document = read("a.md", "# A\n\nSee ![flow](a.svg).\n")
    assert document.images == []
    assert "“a.svg” was left out" in document.warnings[0]


def test_links_lead_to_where_things_will_be(read, save):
    save("b c.md", "x")
    save("form.pdf", b"%PDF-1.4 form")
    document = read(
        "a.md",
        "# A\n\n[other](b%20c.md#part) [form](form.pdf) [NICE](https://nice.org.uk) [gone](gone.md) "
        "[bad](javascript:alert(1))\n",
    )
    assert document.body == (
        "[other](document:b%20c.md) [form](attachment:form.pdf) [NICE](https://nice.org.uk) gone bad\n"
    )
    assert [image.content_type for image in document.images] == ["application/pdf"]
    assert document.warnings == ["Links to files that are not there kept only their words: “gone.md”."]


def test_links_may_be_written_from_the_root_of_the_folder(read, save):
    save("pain/back.md", "x")
    assert read("emergency/a.md", "# A\n\n[back](pain/back.md)\n").body == "[back](document:pain/back.md)\n"


def test_wiki_links_and_pictures_are_found_anywhere_in_the_folder(read, save):
    save("notes/Heart failure.md", "x")
    save("attachments/ECG.png", picture())
    document = read("a.md", "# A\n\n![[ECG.png|300]] [[Heart failure|HF]] [[Heart failure#Drugs]] [[Nowhere]]\n")
    assert document.body == (
        "![](attachment:ECG.png) [HF](document:notes/Heart%20failure.md) "
        "[Heart failure: Drugs](document:notes/Heart%20failure.md) Nowhere\n"
    )


def test_links_within_the_page_lead_to_the_headings_as_they_will_be(read):
    document = read("a.md", "# A\n\n[drugs](#what-to-give) [lost](#nothing)\n\n## What to give\n\nOxygen.\n")
    assert "[drugs](#section-what-to-give) lost" in document.body
    assert 'id="section-what-to-give"' in render(document.body).html


def test_footnotes_and_tables_render(read):
    html = render(read("a.md", "# A\n\n| Drug | Dose |\n|--|--|\n| A | 5 mg[^1] |\n\n[^1]: By mouth.\n").body).html
    assert "<td>5 mg<sup" in html
    assert "By mouth." in html


def test_html_within_is_made_markdown_or_dropped(read):
    document = read(
        "a.md",
        "# A\n\n<script>alert(1)</script>\n\n<table><tr>"
        "<th>Drug</th><th>Dose</th></tr><tr><td>A</td><td>5 mg</td></tr></table>\n\n"
        'CO<sub>2</sub> <b onclick="x()">bold</b> <!-- hidden --> <iframe src="x"></iframe> p < 0.05<br/>end\n',
    )
    assert (
        document.body == "| Drug | Dose |\n| --- | --- |\n| A | 5 mg |\n\nCO<sub>2</sub> **bold**   p < 0.05<br>end\n"
    )


def test_what_a_web_site_adds_is_left_out(read):
    document = read(
        "a.md", "# A\n\nimport TOC from '@theme/TOC';\n\n<TOC toc={toc} />\n\n:::tip Look\n\n{+Pain+} hurts.\n\n:::\n"
    )
    assert document.body == "**Look**\n\nPain hurts.\n"


def test_code_is_left_as_it_is(read):
    text = "```\n# not a heading [[x]] <script>\n```\n\n`[[x]] <b>`\n"
    assert read("a.md", f"# A\n\n{text}").body == text


def test_text_of_any_encoding_is_read(read):
    assert read("a.md", "# Café\n\nNaïve – 5 µg".encode("cp1252")).title == "Café"
    assert read("b.md", "# Café\n\nNaïve".encode("utf-16")).title == "Café"
    assert read("c.md", "\ufeff# Café\r\n\r\nNaïve").body == "Naïve\n"


def test_the_fingerprint_follows_the_source_and_its_pictures(read, save):
    save("x.png", picture())
    first = read("a.md", "# A\n\n![](x.png)").fingerprint
    assert read("a.md", "# A\n\n![](x.png)").fingerprint == first
    save("x.png", picture(shade=9))
    second = read("a.md", "# A\n\n![](x.png)").fingerprint
    assert second != first
    assert read("a.md", "# A\n\n![](x.png) ").fingerprint != second
