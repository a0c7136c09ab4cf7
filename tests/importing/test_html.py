"""HTML pages and fragments become Markdown; what could run is left behind."""

from __future__ import annotations

import base64

from knowledge.markdown import render

from .conftest import picture


def test_a_page_gives_its_title_and_text_without_its_furniture(read):
    document = read(
        "a.html",
        "<html><head><title>Sepsis | Northbridge NHS Trust</title></head><body><nav>Home</nav><header>Logo</header>"
        "<div><p>Act <strong>now</strong>.</p><h2>Signs</h2><p>Fever.</p></div><footer>Contact</footer></body></html>",
    )
    assert document.title == "Sepsis"
    assert document.body == "Act **now**.\n\n## Signs\n\nFever.\n"


def test_a_fragment_is_titled_by_its_file(read):
    document = read("acute-pain-definition.html", "<li>Prescription is for treating acute pain.</li>")
    assert document.title == "Acute pain definition"
    assert "Prescription is for treating acute pain." in document.body


def test_scripts_handlers_styles_frames_and_forms_are_dropped(read):
    document = read(
        "a.html",
        "<h1>A</h1><script>alert(1)</script><style>p{}</style><p onclick='x()' style='color:red'>Words "
        "<a href='javascript:alert(1)'>link</a> <a href=' jAvascript:x'>two</a> "
        "<a href='data:text/html,x'>three</a></p>"
        "<iframe src='//x'>frame</iframe><form><input value='q'><button>Go</button></form>"
        "<img src='javascript:x' alt='four'><svg onload='x()'><text>five</text></svg><object data='x'>six</object>",
    )
    html = render(document.body).html
    assert "Words link two three" in html
    for dropped in ("alert", "javascript", "onclick", "onload", "color:red", "frame", "Go", "five", "six", "data:"):
        assert dropped not in html


def test_words_that_look_like_tags_or_marks_stay_words(read):
    document = read("a.html", "<h1>A</h1><p># 1 &lt;script&gt; *x* a_b_c</p><p>&gt; 5 mmol/L</p><p>1 &lt; 2</p>")
    html = render(document.body).html
    assert "# 1 &lt;script&gt; *x* a_b_c" in html
    assert "<p>&gt; 5 mmol/L</p>" in html


def test_raised_and_lowered_figures_stay_so(read):
    body = read("a.html", "<h1>A</h1><p>10<sup>9</sup>/L, SpO<sub>2</sub></p>").body
    assert "10<sup>9</sup>/L, SpO<sub>2</sub>" in render(body).html


def test_a_table_is_kept_as_a_table(read):
    document = read(
        "a.html",
        "<h1>A</h1><table><caption>Doses</caption><thead><tr><th>Drug</th><th>Dose</th></tr></thead>"
        "<tr><td>A | B</td><td>5 mg<br>twice\n a day</td></tr><tr><td></td><td></td></tr></table>",
    )
    assert document.body == "**Doses**\n\n| Drug | Dose |\n| --- | --- |\n| A \\| B | 5 mg<br>twice a day |\n"


def test_joined_cells_are_repeated_so_that_each_row_can_be_read_alone(read):
    document = read(
        "a.html",
        "<h1>A</h1><table><tr><th rowspan=2>Drug</th><th colspan=2>Dose</th></tr><tr><th>Adult</th><th>Child</th></tr>"
        "<tr><td rowspan=2>Adrenaline</td><td>500</td><td>150</td></tr><tr><td colspan=2>again</td></tr></table>",
    )
    assert document.body.splitlines() == [
        "| Drug | Dose – Adult | Dose – Child |",
        "| --- | --- | --- |",
        "| Adrenaline | 500 | 150 |",
        "| Adrenaline | again | again |",
    ]


def test_a_table_that_only_lays_out_the_page_becomes_what_it_holds(read):
    document = read("a.html", "<h1>A</h1><table><tr><td><h2>Left</h2><p>One.</p></td><td>Two.</td></tr></table>")
    assert document.body == "## Left\n\nOne.\n\nTwo.\n"


def test_rows_without_their_table_are_a_table(read):
    assert "| a | b |" in read("a.html", "<tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr>").body


def test_absurd_spans_do_no_harm(read):
    body = read(
        "a.html", "<table><tr><td colspan=99999999 rowspan=99999999>a</td><td colspan='100%'>b</td></tr></table>"
    ).body
    assert len(body) < 1000


def test_lists_within_lists_keep_their_place(read):
    document = read(
        "a.html", "<h1>A</h1><ul><li>When<ul><li>one</li></ul></li><ul><li>two</li></ul></ul><ol start=3><li>c</ol>"
    )
    assert document.body == "- When\n  - one\n  - two\n\n3. c\n"


def test_footnotes_become_footnotes_however_they_were_made(read):
    word = '<p>Rest.<a href="#_ftn1" name="_ftnref1">[1]</a></p>'
    word += '<div id="ftn1"><p><a href="#_ftnref1" name="_ftn1">[1]</a> NICE.</p></div>'
    plain = '<p>Rest.<sup><a href="#fn1" id="r1">1</a></sup></p><ol><li id="fn1">NICE. <a href="#r1">↑</a></li></ol>'
    for made in (word, plain):
        assert read("a.html", f"<h1>A</h1>{made}").body == "Rest.[^1]\n\n[^1]: NICE.\n"


def test_links_within_the_page_are_kept(read):
    document = read("a.html", '<h1>A</h1><p><a href="#d">doses</a></p><h2><a name="d"></a>Usual doses</h2><p>5 mg</p>')
    assert "[doses](#section-usual-doses)" in document.body


def test_pictures_beside_the_file_and_inside_it_are_kept(read, save):
    save("flow.png", picture())
    inside = base64.b64encode(picture(shade=3)).decode()
    document = read(
        "a.html", f'<h1>A</h1><p><img src="flow.png" alt="Flow"><img src="data:image/png;base64,{inside}"></p>'
    )
    assert [image.name for image in document.images] == ["flow.png", "picture.png"]
    assert document.body == "![Flow](attachment:flow.png)![](attachment:picture.png)\n"


def test_a_missing_picture_is_said_to_be_missing_even_within_a_sentence(read):
    html = render(
        read("a.html", "<p>Keep the bell near.<img src='bell.png'>More in<img src='b.png'>the leaflet</p>").body
    )
    assert "near. <em>(Picture missing: bell.png)</em> More in <em>(Picture missing: b.png)</em> the" in html.html


def test_a_template_s_instructions_are_left_out_with_a_word(read):
    document = read("a.html", "<p>Give {% include dose.html %}{{ site.name }} oxygen.</p>")
    assert document.body == "Give oxygen.\n"
    assert document.warnings == ["Instructions of a web template ({% … %}) were left out."]


def test_paragraphs_that_were_never_closed_are_read(read):
    body = read("a.html", "<h1>A</h1>" + "<p>One more." * 400).body
    assert body.count("One more.") == 400
    assert body.count("\n\n") == 399


def test_an_old_encoding_is_believed_when_the_page_names_it(read):
    page = '<html><head><meta charset="iso-8859-2"></head><body><h1>Dvořák</h1><p>Words.</p></body></html>'
    assert read("a.html", page.encode("iso-8859-2")).title == "Dvořák"
