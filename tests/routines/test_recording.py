"""A nurse says how a routine was done; its page counts it."""

from __future__ import annotations

from routines.models import Performance, Tally


def test_a_nurse_records_that_a_step_was_left_out_and_the_page_counts_it(huddle, nurse, lead, signed_in):
    client = signed_in(nurse)
    page = client.get(huddle.get_absolute_url()).content.decode()
    assert "Acute asthma in adults, 1.1" in page
    address = f"{huddle.get_absolute_url()}done/adapted/"
    assert address in page
    said = {"seen": huddle.current_id, "reason": "no_time", "step-s2": "left_out"}
    client.post(address, said)
    done = Performance.objects.get()
    assert (done.how, done.by, done.variations.get().step.key) == ("adapted", nurse, "s2")
    assert "left out 1 of 1" in signed_in(lead).get(huddle.get_absolute_url()).content.decode()


def test_what_is_taken_back_is_counted_no_more(huddle, nurse, signed_in):
    done = Performance.record(by=nurse, routine=huddle, how="departed", reason="unclear", steps={"s1": "adapted"})
    assert {tally.number for tally in Tally.objects.all()} == {1}
    signed_in(nurse).post(f"{huddle.get_absolute_url()}done/{done.pk}/take-back/")
    assert not Performance.objects.exists()
    assert {tally.number for tally in Tally.objects.all()} == {0}
