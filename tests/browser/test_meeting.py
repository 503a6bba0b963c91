"""A joint meeting is held: from the agenda that builds itself to what the next one opens with."""

from datetime import timedelta

from django.utils import timezone

from requests_app.models import AgendaItem, Attendance, Meeting, Promise, Status
from tests import table

PROJECTOR, PHONE = (1280, 720), (360, 780)
AGENDA_AT_LEAST = 8
A4_PAGES_AT_LEAST = 5  # two cases a page, after what comes first


def pages_of(pdf):
    return pdf.count(b"/Type /Page") - pdf.count(b"/Type /Pages")


def test_a_meeting_from_the_rules_to_the_next_agenda(enter, town):
    at = timezone.now()
    table.with_meetings(town)
    table.troubled(town, at)
    chair = enter(town.clerk, size=PROJECTOR)
    page = chair.page
    chair.open("/meetings/")
    page.locator("main button[name=series]").click()
    page.locator(".agenda__item").nth(7).wait_for()
    assert page.locator(".agenda__item").count() >= AGENDA_AT_LEAST
    assert AgendaItem.objects.filter(added_by=None).exclude(rules=[]).count() >= AGENDA_AT_LEAST
    chair.reads("退单2次")
    first = page.locator(".agenda__title").first.inner_text()
    page.locator("button[value=down]").first.click()
    page.locator(".agenda__title").nth(1).get_by_text(first).wait_for()
    page.locator(".agenda__drop summary").nth(3).click()
    page.locator(".agenda__why input").nth(3).fill("已经约好上门")
    page.locator("button[value=drop]").nth(3).click()
    chair.unfold("已拿下")
    chair.reads("已经约好上门")
    chair.press("Invite the members")
    chair.reads("已邀请")
    chair.shot("meeting-agenda")
    meeting = Meeting.objects.get()
    page.goto(f"/meetings/{meeting.pk}/pack/")
    chair.shot("meeting-pack")
    assert pages_of(page.pdf(prefer_css_page_size=True, print_background=True)) >= A4_PAGES_AT_LEAST
    page.goto(f"/meetings/{meeting.pk}/")
    chair.press("Begin the meeting")
    sign_in(chair)
    talk(chair, meeting, enter, town)
    close_and_publish(chair, meeting, enter)
    opens_with_the_last_resolutions(chair)


def sign_in(chair):
    """Three kinds of members, each by the button of its seat."""
    for seat, name in (("业委会", ""), ("槐安物业", "李经理"), ("居民代表", "张师傅")):
        form = chair.page.locator(".bench__sign").filter(has_text=seat).first
        form.locator("input[name=name]").fill(name)
        form.get_by_role("button").click()
        chair.page.locator(".bench__there li").filter(has_text=name or seat).first.wait_for()
    chair.shot("meeting-signed-in")
    assert set(Attendance.objects.values_list("kind", flat=True)) == {"committee", "firm", "residents"}


def talk(chair, meeting, enter, town):
    """One case is passed up by the step itself; of another the firm promises, written down on a phone."""
    item = AgendaItem.objects.filter(meeting=meeting, case__status=Status.ACCEPTED).standing().first()
    chair.open(item.get_absolute_url())
    page = chair.page
    page.select_option("[name=r-speaker]", index=1)
    page.fill("[name=r-text]", "楼里的线都老了，支部修不了")
    chair.press("Write it down")
    page.locator(".remarks").get_by_text("楼里的线都老了").wait_for()
    chair.shot("meeting-item-1280")
    chair.choose("上报")
    page.fill("[name=v-text]", "报社区派单换线")
    chair.press("Resolve")
    page.locator(".resolution").wait_for()
    item.case.refresh_from_db()
    assert item.case.status == Status.REFERRED
    phone = enter(town.clerk, size=PHONE, scripts=False)
    other = AgendaItem.objects.get(meeting=meeting, case__status=Status.PARKED)
    phone.open(other.get_absolute_url())
    phone.shot("meeting-item-360")
    phone.page.locator("main .choice label").first.click()
    phone.page.fill("[name=v-text]", "物业先装一盏临时灯")
    phone.page.select_option("[name=v-owner]", label="槐安物业")
    phone.page.fill("[name=v-due_on]", (timezone.localdate() + timedelta(days=7)).isoformat())
    phone.press("Resolve")
    phone.reads("已记入承诺账")
    assert Promise.objects.filter(owner=town.firm, case=other.case).exists()


def close_and_publish(chair, meeting, enter):
    chair.open(f"/meetings/{meeting.pk}/session/")
    chair.press("End the meeting")
    chair.press("Confirm the minutes")
    chair.press("Publish the minutes")
    chair.shot("meeting-minutes")
    neighbour = enter(size=PHONE)
    neighbour.open(f"/public/meetings/{meeting.pk}/")
    neighbour.reads("物业先装一盏临时灯")
    neighbour.shot("meeting-public-360")


def opens_with_the_last_resolutions(chair):
    chair.open("/meetings/")
    chair.page.locator("main button[name=series]").click()
    chair.reads("上次决议销号")
    titles = chair.page.locator("main h2").all_inner_texts()
    assert titles[0] == "上次决议销号"
    chair.reads("物业先装一盏临时灯")
    chair.shot("meeting-next")
    following, held = Meeting.objects.order_by("-number")
    # A month has one meeting: the next one is in a later month.
    assert (following.at.year, following.at.month) > (held.at.year, held.at.month)
    # By the rules, not by hand.
    assert not following.items.filter(added_by__isnull=False).exists()
