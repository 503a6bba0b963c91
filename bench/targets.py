"""What is measured, each beside its floor; and, for whoever wants to know why, the queries behind it."""

import itertools
import re
import secrets
import time
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bench.floors import ROWS
from bench.generate import TEXTS
from bench.load import Target
from requests_app.journey import workflow
from requests_app.journey.chain import verify
from requests_app.models import Act, ServiceRequest, Status
from requests_app.mydata import consents
from services.models import ApiToken, Category, Estate, Unit, User
from services.proved_sessions import PROVED

CASES_VISITED = 50
SLOW = 5  # milliseconds; quicker queries need no plan
CASE_LINK = re.compile(rb'href="/requests/\d+/')
AT_DEPARTMENTS = (Status.DISPATCHED, Status.IN_HAND)
WORKED_ON = (*AT_DEPARTMENTS, Status.FILED, Status.ACCEPTED, Status.REFERRED, Status.RETURNED)


def targets(district, steps):
    """Pairs of a Target and its floor, asked for by the dispatcher of the community with most cases.

    ``steps`` is how many steps of a kind will be taken at most.
    """
    branch = ServiceRequest.objects.values("branch__parent").annotate(n=Count("pk")).order_by("-n").first()
    community = Unit.objects.get(pk=branch["branch__parent"])
    top = Unit.objects.get(kind=Unit.Kind.DISTRICT)
    dispatcher, supervisor = district.staff[community.pk], district.staff[top.pk]
    return [
        queue("queue, at departments", dispatcher, "community", "in_hand", community, AT_DEPARTMENTS),
        queue("queue, all of the community", dispatcher, "community", "all", community, ()),
        queue("queue, all of the district", supervisor, "supervisor", "all", top, ()),
        queue("queue, open in the district", supervisor, "supervisor", "open", top, WORKED_ON),
        case_page(dispatcher, community),
        step_at_desk(district, community, steps),
        step_through_api(district, community, steps),
        filing(district, community),
    ]


def session(user):
    """The headers of a browser in which ``user`` has signed in and proved the second factor."""
    browser = Client()
    browser.force_login(user, backend="services.auth.PhoneOrUsernameBackend")
    kept = browser.session
    kept[PROVED] = {"user": user.pk, "at": timezone.now().timestamp()}
    kept.save()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"}


def queue(name, user, desk, tab, unit, statuses):
    """A tab of a desk; the floor lists the same rows."""
    cases = ServiceRequest.objects.under(unit)
    if statuses:
        cases = cases.filter(status__in=statuses)
    total = cases.count()
    shown = min(ROWS, total)
    order = ["due_at", "pk"] if statuses else ["-created_at", "-pk"]
    query = urlencode({"area": unit.code, "status": statuses, "order": order}, doseq=True)

    def holds(content):
        return len(set(CASE_LINK.findall(content))) == shown

    page = reverse("requests:desk", args=[desk]) + f"?tab={tab}"
    return (
        Target(f"{name} ({shown} of {total})", (page,), session(user), holds=holds),
        Target("the same rows", (f"/bench/rows/?{query}",), holds=holds),
    )


def case_page(user, community):
    """Cases of the community that have come some way, each in turn; the floor shows them with their events."""
    cases = ServiceRequest.objects.under(community).annotate(n=Count("events")).filter(n__gte=6)
    chosen = list(cases.order_by("pk").values_list("pk", "code")[:CASES_VISITED])
    pages = tuple(reverse("requests:case", args=[pk]) for pk, _code in chosen)
    return (
        Target("case page, for staff", pages, session(user), holds=lambda content: b"<h1" in content),
        Target("the case and its events", tuple(f"/bench/case/{pk}/" for pk, _code in chosen)),
    )


def step_at_desk(district, community, steps):
    """A branch accepts one case after another, each as its form is sent; the floor inserts one row."""
    estate, category = filed_for(community)
    waiting = filed(district, estate, category, steps)
    headers = session(district.staff[estate.branch_id])
    mark = secrets.token_hex(16)  # as long as a cookie against forged forms is
    headers = {"Cookie": f"{headers['Cookie']}; {settings.CSRF_COOKIE_NAME}={mark}"}
    sent = {"seen": 1, "note": "", "csrfmiddlewaretoken": mark}
    pages = (reverse("requests:step", args=[pk, Act.ACCEPT]) for pk in waiting)
    step = Target("step at the desk: accept", pages, headers, body=lambda: sent, form=True, holds=lambda content: True)
    return step, insertion(estate, category)


def step_through_api(district, community, steps):
    """The same through the API, which answers with the case as it stands afterwards."""
    estate, category = filed_for(community)
    waiting = filed(district, estate, category, steps)
    pages = (reverse("api:events", args=[pk]) for pk in waiting)
    headers = token(district.staff[estate.branch_id])
    return Target("step through the API: accept", pages, headers, lambda: {"act": Act.ACCEPT}), insertion(
        estate, category
    )


def filed(district, estate, category, count):
    """The keys of ``count`` cases that the branch of ``estate`` has to accept."""
    resident = district.residents[0]
    about = {"text": category.name, "contact_phone": "19900000000", "source": ServiceRequest.Source.API}
    return [workflow.file(by=resident, estate=estate, category=category, **about).pk for _number in range(count)]


def filing(district, community):
    """A resident files, who has agreed to the privacy notice; the floor inserts one row of the same words."""
    estate, category = filed_for(community)
    sent = {"estate": estate.code, "category": category.code}
    numbered, resident, at = words(category), district.residents[0], timezone.now()
    if notice := consents.asked_of(resident, at):
        consents.give(notice, at, user=resident)
    headers = token(resident)
    return (
        Target("filing through the API", (reverse("api:cases"),), headers, lambda: {**sent, **numbered()}),
        insertion(estate, category),
    )


def insertion(estate, category):
    """The floor of all that writes: one row into the table of cases, and nothing else."""
    row = {
        "estate_id": estate.pk,
        "branch_id": estate.branch_id,
        "area": estate.branch.code,
        "category_id": category.pk,
        "urgency": category.urgency,
    }
    numbered = words(category)
    return Target("one row inserted", ("/bench/insert/",), body=lambda: {**row, **numbered()})


def filed_for(community):
    """Where, and about what, cases are filed while measuring."""
    estate = Estate.objects.under(community).select_related("branch", "property_firm").first()
    return estate, Category.objects.leaves().filter(urgency="help").order_by("code").first()


def words(category):
    """What one resident after another writes."""
    count = itertools.count()
    return lambda: {"text": f"{category.name} {next(count)}", "contact_phone": "19900000000"}


def token(user):
    """The headers of a program that acts for ``user``."""
    _token, key = ApiToken.objects.issue(User.objects.get(pk=user.pk), timezone.now())
    return {"Authorization": f"Token {key}"}


def verify_filed(generated):
    """SystemExit unless what was filed while measuring is chained too; rows of the bare view have no events."""
    report = verify(ServiceRequest.objects.filter(pk__gt=generated, source=ServiceRequest.Source.API))
    if report.faults:
        raise SystemExit("\n".join(report.faults[:10]))
    print(f"\n{report.cases} cases were filed while measuring: every chain holds")


def further_pages(district):
    """(name, user, path) of pages that are not measured, but explained: each reads a large list in a way of its own."""
    found, missing = TEXTS["searched"]
    staff, units = district.staff, Unit.objects.order_by("code")
    busiest = ServiceRequest.objects.exclude(lead=None).values("lead").annotate(n=Count("pk")).order_by("-n").first()
    officer, resident = staff[busiest["lead"]], district.residents[0]
    top = staff[units.get(kind=Unit.Kind.DISTRICT).pk]
    street = staff[units.filter(kind=Unit.Kind.STREET).first().pk]
    desk, department = reverse("requests:desk", args=["supervisor"]), reverse("requests:desk", args=["department"])
    return [
        ("department desk, in hand", officer, f"{department}?tab=in_hand"),
        ("department desk, assisting", officer, f"{department}?tab=assisting"),
        ("department desk, all", officer, f"{department}?tab=all"),
        ("district, late", top, f"{desk}?tab=late"),
        ("district, words", top, f"{desk}?{urlencode({'tab': 'all', 'words': found})}"),
        ("district, words nobody wrote", top, f"{desk}?{urlencode({'tab': 'all', 'words': missing})}"),
        ("district, page 400", top, f"{desk}?tab=all&page=400"),
        ("district, units", top, reverse("requests:desk-units")),
        ("street, all", street, f"{desk}?tab=all"),
        ("API, a resident's list", resident, reverse("api:cases")),
        ("API, a street's list", street, reverse("api:cases")),
        ("API, a department's list", officer, reverse("api:cases")),
        ("a resident's requests", resident, reverse("requests:mine")),
        ("inbox", officer, reverse("requests:inbox")),
        ("public page", resident, reverse("requests:public")),
    ]


def explain(pairs, district):
    """Print how many queries each page asks and how long they take, and the plan of every slow one."""
    pages = [(target.name, target.headers["Cookie"], target.paths[0]) for target, _floor in pairs if not target.body]
    pages += [(name, session(user)["Cookie"], path) for name, user, path in further_pages(district)]
    for name, cookie, path in pages:
        browser = Client(headers={"host": "127.0.0.1", "cookie": cookie})
        answer = browser.get(path)
        with CaptureQueriesContext(connection) as queries:
            begin = time.perf_counter()
            browser.get(path)
            took = (time.perf_counter() - begin) * 1000
        asked = sum(float(query["time"]) for query in queries) * 1000
        print(f"\n=== {name}: {answer.status_code}, {len(queries)} queries, {asked:.0f} of {took:.0f} ms")
        for query in queries:
            milliseconds = float(query["time"]) * 1000
            print(f"{milliseconds:6.1f} ms  {query['sql'][:200]}")
            if milliseconds >= SLOW and query["sql"].startswith("SELECT"):
                print_plan(query["sql"])


def print_plan(sql):
    verb = "EXPLAIN (ANALYZE, BUFFERS)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{verb} {sql}")
        for row in cursor.fetchall():
            print("         ", row[-1])
