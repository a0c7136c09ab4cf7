"""What upper floors show in pages of lower ones is each reader's own."""

from __future__ import annotations

import pytest
from django.template import engines


def test_a_slot_within_what_is_kept_for_all_readers_is_refused():
    page = engines["jinja2"].from_string(
        "{% call kept('a part with a slot') %}{{ slot('guidance_aside') }}{% endcall %}"
    )
    with pytest.raises(RuntimeError, match="guidance_aside stands in a part of the page that is kept"):
        page.render({}, None)
