"""Questions put into SQL once, and asked with other values each time."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F

from nhs_learning.people.models import Service, Trust
from nhs_learning.record.prepared import Prepared, given, given_ids


def test_the_same_question_is_answered_for_each_trust(northbridge, southgate):
    names = Prepared(Trust.objects.filter(ods_code=given("code")).values_list("name"))
    assert names.row(code="ZNB") == ("Northbridge University Hospitals",)
    assert names.row(code="ZSG") == ("Southgate General",)
    assert names.row(code="ZZZ") is None


@pytest.mark.parametrize("typed", ["' OR true --", "%s", "%(code)s", "Z\\'"])
def test_what_a_stranger_types_is_a_value_and_never_sql(northbridge, typed):
    assert Prepared(Trust.objects.filter(ods_code=given("code")).values_list("name")).rows(code=typed) == []


def test_a_list_may_be_of_any_length(services):
    asked = Prepared(Service.objects.filter(pk__any_of=given_ids("ids")).order_by("name").values_list("name"))
    assert asked.rows(ids=[]) == []
    assert asked.rows(ids=[services.surgery.pk, services.cardiology.pk]) == [("Cardiology",), ("Surgery",)]


def test_objects_come_whole_with_what_belongs_to_them(services, django_assert_num_queries):
    question = Service.objects.filter(slug=given("slug")).select_related("trust", "lead")
    asked = Prepared(question.annotate(above=F("parent__name")).defer("nature"))
    with django_assert_num_queries(1):
        (respiratory,) = asked.objects(slug="respiratory")
        assert (respiratory, respiratory.trust.ods_code, respiratory.lead) == (services.respiratory, "ZNB", None)
        assert respiratory.above == "Medicine"
    assert respiratory.nature == services.respiratory.nature
    assert asked.objects(slug="dialysis") == []


def test_nothing_equals_none(services):
    asked = Prepared(Service.objects.filter(trust=given("trust")).values_list("name"))
    assert asked.rows(trust=None) == []


@pytest.mark.django_db(transaction=True)
def test_it_is_answered_again_when_the_database_was_away(northbridge):
    names = Prepared(Trust.objects.filter(ods_code=given("code")).values_list("name"))
    names.row(code="ZNB")
    connection.close()
    assert names.row(code="ZNB") == ("Northbridge University Hospitals",)


def test_two_nurses_of_one_service_share_no_reach_and_the_same_nurse_does(nurse, person, services, curator):
    """What was worked out for one is never somebody else's, nor her own after a change of her roles or of the tree."""
    other = person("night-nurse", role="reader", service=services.respiratory)
    again = type(nurse).objects.get(pk=nurse.pk)
    assert nurse.reach != other.reach
    assert nurse.reach is again.reach
    before = nurse.reach
    nurse.join(services.cardiology, role="reader", by=curator)
    assert nurse.reach != before
    here = type(nurse).objects.get(pk=nurse.pk).reach
    Service.open(by=curator, trust=nurse.trust, name="Dialysis", slug="dialysis", parent=services.respiratory)
    assert type(nurse).objects.get(pk=nurse.pk).reach != here
