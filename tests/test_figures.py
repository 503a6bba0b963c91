"""Every figure against a second count by hand, every number against the cases it opens, counters against counting."""

import logging
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import TestCase

from bench import generate
from requests_app.figures import counters, proof
from requests_app.figures.board import board_of, month_in_short
from requests_app.figures.counting import count_all
from requests_app.figures.definitions import Definitions, readings
from requests_app.journey import workflow
from requests_app.models import Act, FigureCount, ServiceRequest, Status, Tally
from services.models import Unit
from tests import naive_figures as naive

# So many are generated; with FIGURE_CASES=20000 as many are walked by hand, every unit and month with its cases.
CASES = int(os.environ.get("FIGURE_CASES", "200"))
NOW = datetime(2026, 3, 18, 7, 0, tzinfo=UTC)  # a Wednesday afternoon in Shanghai
MONTHS = naive.months_until(NOW)
WHOLE = CASES > 1000
# Of what is compared whenever tests run: this month, the last one, and those round the change of the cut-off hour.
SOME_MONTHS = MONTHS if WHOLE else [MONTHS[0], MONTHS[1], MONTHS[3], MONTHS[4]]


class AgainstCountingByHand(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("seed", verbosity=0)
        generate.generate(CASES, at=NOW)
        naive.second_versions()
        cls.versions = Definitions()
        cls.scopes = list(naive.scopes())
        # A district, a department, an estate, and a department within the district.
        cls.some_scopes = cls.scopes if WHOLE else [cls.scopes[place] for place in (3, 4, 6, 8)]
        cls.hand = naive.ByHand(NOW, cls.versions)

    def test_every_figure_and_the_cases_behind_every_number(self):
        for scope, belongs in self.some_scopes:
            for first in SOME_MONTHS:
                naive.compare_month(self.hand, scope, belongs, first, opens=WHOLE or first == MONTHS[1])

    def test_two_versions_of_one_definition_side_by_side(self):
        scope, belongs = self.scopes[3]
        first = MONTHS[1]
        month = self.versions.periods.month(first)
        counts = count_all(scope, month, NOW)
        for number, fair in ((1, 0.9), (2, 0.6)):
            chosen = {"satisfied": self.versions.version("satisfied", number)}
            found = readings(counts, first, self.versions, chosen=chosen)["satisfied"]
            naive.same(found, naive.numbers(self.hand.facts(first), belongs, fair=fair)["satisfied"], number)

    def test_counters_are_what_counting_gives_also_between_two_sweeps(self):
        counters.fold(NOW)
        self.compare_counters(NOW)
        later = NOW + timedelta(days=2)
        self.take_some_steps(NOW + timedelta(hours=1))
        # Not counted anew yet, and clocks have run out meanwhile.
        self.compare_counters(later)
        folded = counters.fold(later)
        assert folded.cases
        assert not counters.fold(later).cases
        assert proof.prove(later).is_proved

    def take_some_steps(self, at):
        """One filed and never accepted, one filed and withdrawn, and what the generated ones allow."""
        old = ServiceRequest.objects.select_related("resident", "estate__branch", "category")[0]
        for _time in range(2):
            new = workflow.file(by=old.resident, estate=old.estate, category=old.category, text="灯不亮", at=at)
        workflow.take(new, Act.WITHDRAW, by=old.resident, at=at + timedelta(minutes=9))
        for case in ServiceRequest.objects.filter(status=Status.FULFILLED)[:3]:
            answers = {"contacted": True, "solved": True, "satisfaction": "good"}
            workflow.take(case, Act.RATE, by=case.resident, at=at, **answers)
        for case in ServiceRequest.objects.filter(status=Status.FILED).select_related("resident")[:3]:
            workflow.take(case, Act.WITHDRAW, by=case.resident, at=at)

    def compare_counters(self, at):
        definitions = self.versions
        for scope, _belongs in self.some_scopes:
            place = counters.estate_place(scope.estate) if scope.estate else scope.unit.code
            months = MONTHS if WHOLE else MONTHS[:2]
            found = counters.read([counters.Wanted({place}, set(months), {scope.by})], at, definitions)
            for first in months:
                counted = count_all(scope, definitions.periods.month(first), at)
                known = found.of(place, first, scope.by, scope.member)
                for kind, counts in counted.items():
                    assert known.get(kind, {}) == pytest.approx(counts), (kind, scope, first)

    def test_the_proof_finds_and_mends_what_is_wrong(self):
        counters.fold(NOW)
        right = dict(FigureCount.objects.values_list("key", "counts"))
        broken = FigureCount.objects.filter(by="").order_by("key")
        broken.filter(pk=broken[0].pk).update(counts={"filed:filed": 999})
        FigureCount.objects.filter(pk=broken[1].pk).delete()
        ServiceRequest.objects.filter(pk=Tally.objects.order_by("pk")[0].pk).update(source="api")
        with self.assertLogs("requests_app.figures.proof", logging.WARNING) as said:
            outcome = proof.prove(NOW)
        assert (outcome.wrong_cases, outcome.wrong_counters) == (1, 2)
        assert len(said.output) == 3
        assert proof.prove(NOW).is_proved
        changed = {key for key, counts in FigureCount.objects.values_list("key", "counts") if right.get(key) != counts}
        assert {key.split("/")[1] for key in changed} <= {"source"}

    def test_a_board_costs_the_same_whatever_was_filed(self):
        unit, first = Unit.objects.get(kind="district"), MONTHS[0]
        counters.fold(NOW)
        with self.assertNumQueries(5):
            board = board_of(unit, Definitions(), first, NOW)
        streets = [line for line in board.below if line.now["filed"].value]
        assert sum(line.now["filed"].value for line in streets) == board.own.now["filed"].value
        filed = ServiceRequest.objects.filter(created_at__gte=board.month.begin, created_at__lt=board.month.end)
        assert month_in_short(unit.code, NOW)["filed"] == filed.count() == sum(day[1] for day in board.days)
