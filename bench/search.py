#!/usr/bin/env python3
"""Is everything found that comparing every text finds, nothing else, and how soon is a page of it there?

    bench/search.py [--cases 100000] [--pieces 500] [--seed 1] [--sqlite]

Pieces of 1 to 6 characters are cut from the residents' own words. Leaves nothing behind, like bench/run.py.
"""

import argparse
import gc
import os
import random
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]


from bench import run  # noqa: E402

LENGTHS = range(1, 7)  # characters


def fill_with_words(cases, seed):
    """``cases`` just filed, without the rest of their journey; for a quick look at the search alone."""
    from bench.generate import District, Walk, kept_limits, moment_before
    from requests_app import search
    from requests_app.models import ServiceRequest

    rng, at = random.Random(seed), datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
    with kept_limits():
        district = District(rng, max(1, cases // 5))
        walks = [Walk(pk, district, rng, moment_before(at, rng)) for pk in range(1, cases + 1)]
    ServiceRequest.objects.bulk_create([walk.case for walk in walks], batch_size=500)
    search.index(ServiceRequest.objects.all())


def pieces(count, rng):
    """``count`` pieces of residents' texts, as many of each length."""
    from requests_app.models import ServiceRequest

    keys = list(ServiceRequest.objects.order_by("pk").values_list("pk", flat=True))
    texts = ServiceRequest.objects.in_bulk(rng.sample(keys, min(count, len(keys))))
    chosen = [texts[key].text for key in sorted(texts)]
    cut = []
    for number in range(count):
        text, length = rng.choice(chosen), LENGTHS[number % len(LENGTHS)]
        start = rng.randrange(len(text) - length + 1)
        cut.append(text[start : start + length])
    return cut


class Reference:
    """The cases a piece should find, by LIKE over the words of every case, without any index.

    Most pieces are looked for in the words as they were written. One that names a building or an entrance whole is
    looked for as the search does, in words whose forms are one thing.
    """

    def __init__(self):
        from django.db import connection

        from requests_app import search
        from requests_app.models import ServiceRequest

        self.search, self.connection = search, connection
        rows = []
        for pk, text, category, *place in ServiceRequest.objects.values_list("pk", *search.INDEXED).iterator():
            parts = [part or "" for part in place]
            formed = [search.with_forms(search.fold(part)) for part in (text, *parts)]
            rows.append((pk, text, "".join(parts), category, formed[0], "".join(formed[1:])))
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE said (id bigint, a text, b text, c text, d text, e text)")
            cursor.executemany("INSERT INTO said VALUES (%s, %s, %s, %s, %s, %s)", rows)

    def names_a_form(self, piece):
        return self.search.with_forms(self.search.fold(piece)) != self.search.fold(piece)

    def keys(self, piece):
        formed = self.search.with_forms(self.search.fold(piece))
        wanted = {"d": formed, "e": formed} if formed != self.search.fold(piece) else {}
        if any(not self.search.is_form(sign) for sign in formed):
            wanted |= dict.fromkeys("abc", piece)
        where = " OR ".join(rf"{column} LIKE %s ESCAPE '\'" for column in wanted)
        like = [f"%{self.connection.ops.prep_for_like_query(text)}%" for text in wanted.values()]
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM said WHERE {where}", like)
            return {key for (key,) in cursor.fetchall()}


def scopes(district):
    """Whose searches are timed: (name, what they may see), the largest of each kind."""
    from django.db.models import Count

    from requests_app.models import ServiceRequest
    from requests_app.models.case import reach_of
    from services.models import Unit

    cases = ServiceRequest.objects.order_by()
    lead = cases.exclude(lead=None).values("lead").annotate(n=Count("pk")).order_by("-n").first()["lead"]
    branch = cases.values("branch").annotate(n=Count("pk")).order_by("-n").first()["branch"]
    community = Unit.objects.get(pk=branch).parent
    seats = {
        "district": Unit.objects.get(kind=Unit.Kind.DISTRICT).pk,
        "street": community.parent_id,
        "community": community.pk,
        "branch": branch,
        "department": lead,
    }
    return [(name, reach_of(district.staff[unit])) for name, unit in seats.items()]


def compare(drawn):
    """Print recall and precision of every piece taken together; False where they are not complete."""
    from requests_app import search
    from requests_app.models import ServiceRequest

    reference, right, wanted, given, forms = Reference(), 0, 0, 0, 0
    for piece in drawn:
        expected = reference.keys(piece)
        found = set(search.find(ServiceRequest.objects.order_by(), piece)[0].values_list("pk", flat=True))
        right, wanted, given = right + len(expected & found), wanted + len(expected), given + len(found)
        forms += reference.names_a_form(piece)
        if expected != found:
            print(f"  {piece!r}: {len(expected - found)} missed, {len(found - expected)} too many")
    print(
        f"{len(drawn)} pieces, {forms} of them naming a building or an entrance; {wanted} hits by LIKE: "
        f"recall {right / wanted:.4%}, precision {right / given:.4%}",
        flush=True,
    )
    return right == wanted == given


def measure(drawn, district):
    """Print how long a page of 25 takes, by scope and by length: to be found, and with what its rows show."""
    # As config/gunicorn.conf.py has it in every worker.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
    line = "{:<24} {:>7} {:>12} {:>8} {:>12} {:>8} {:>8} {:>8}".format
    print(line("page of 25", "pieces", "found p50 ms", "p95 ms", "shown p50 ms", "p95 ms", "max ms", "cpu p50"))
    for name, reach in scopes(district):
        taken = [(len(piece), *once(reach, piece)) for piece in drawn]
        for length in LENGTHS if name == "district" else ():
            print(line(f"  {name}, {length} characters", *figures([row for row in taken if row[0] == length])))
        print(line(name, *figures(taken)), flush=True)


def once(reach, piece):
    """Seconds of the second of two looks: until found, until read, of this process; the first may go to the disk."""
    from requests_app.views.desk_rows import read
    from requests_app.views.search import newest

    read(newest(reach, piece).get_page(1))
    begin, used = time.perf_counter(), time.process_time()
    page = newest(reach, piece).get_page(1)
    found = time.perf_counter()
    read(page)
    return found - begin, time.perf_counter() - begin, time.process_time() - used


def figures(taken):
    found, shown, used = (sorted(row[place] * 1000 for row in taken) for place in (1, 2, 3))
    last = int(len(taken) * 0.95)
    middle = statistics.median
    numbers = (middle(found), found[last], middle(shown), shown[last], shown[-1], middle(used))
    return len(taken), *(f"{number:.1f}" for number in numbers)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000, help="how many are generated (100000)")
    parser.add_argument("--pieces", type=int, default=500, help="how many are looked for (500)")
    parser.add_argument("--seed", type=int, default=1, help="draws other pieces (1)")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    return parser.parse_args()


def look(options, folder, database_url):
    """True where everything was found."""
    run.configure(folder, database_url)
    district = run.fill(options.cases)
    drawn = pieces(options.pieces, random.Random(options.seed))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; pieces drawn with seed {options.seed}")
    is_right = compare(drawn)
    measure(drawn, district)
    return is_right


def main():
    options = read_arguments()
    return run.on_a_database(options, "bench/search.py", lambda folder, url: bool(look(options, folder, url)))


if __name__ == "__main__":
    sys.exit(main())
