"""The page of every step: what each form asks, what a refusal says, and that nothing typed is lost."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from requests_app.journey import workflow
from requests_app.journey.refusals import StepIncomplete
from requests_app.models import Act, Draft, Notice, Photo, Release, Status
from requests_app.views import drafts
from tests import town as world

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def now():
    """Cases of these tests begin now, so that no window has passed."""
    return world.datetime.now(world.UTC)


def page_of(case, act):
    return reverse("requests:step", args=[case.pk, act])


def take(client, person, case, act, **facts):
    client.force_login(person)
    return client.post(page_of(case, act), {"seen": case.events.last().serial, **facts})


def picture(name="after.png"):
    data = io.BytesIO()
    Image.new("RGB", (60, 40), (sum(name.encode()) % 256, 128, 0)).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")


def broken():
    return SimpleUploadedFile("broken.jpg", b"not a photo", "image/jpeg")


def assert_taken(response, case, act, status):
    assert response.status_code == 302, response.context and response.context["form"].errors
    case.refresh_from_db()
    assert (case.events.last().act, case.status) == (act, status)


def test_the_branch_accepts_with_its_button_alone(client, t, now):
    case = world.filed(t, now)
    assert_taken(take(client, t.clerk, case, "accept"), case, Act.ACCEPT, Status.ACCEPTED)


def test_the_branch_settles_with_words_and_a_photo(client, t, now):
    case = world.accepted(t, now)
    response = take(client, t.clerk, case, "settle", note="换了灯泡", done_by="物业老王", photos=[picture()])
    assert_taken(response, case, Act.SETTLE, Status.FULFILLED)
    assert case.events.last().facts["done_by"] == "物业老王"
    assert case.photos.get().stage == "after"


def test_the_branch_refers_only_with_a_reason(client, t, now):
    case = world.accepted(t, now)
    response = take(client, t.clerk, case, "refer", note=" ")
    assert response.status_code == 200
    assert "note" in response.context["form"].errors
    assert_taken(take(client, t.clerk, case, "refer", note="修不了"), case, Act.REFER, Status.REFERRED)


def test_the_routes_propose_the_firm_first_and_say_why(client, t, now):
    case = world.referred(t, now)
    client.force_login(t.dispatcher)
    response = client.get(page_of(case, "dispatch"))
    proposed = [proposal.department for proposal in response.context["form"].proposals]
    assert proposed == [t.firm, t.housing]
    assert "楼道照明由物业维护" in response.content.decode()


def test_the_community_dispatches_to_a_proposal(client, t, now):
    case = world.referred(t, now)
    facts = {"proposed": t.housing.pk, "assist": [t.firm.pk], "note": "三天内"}
    response = take(client, t.dispatcher, case, "dispatch", **facts)
    assert_taken(response, case, Act.DISPATCH, Status.DISPATCHED)
    assert case.lead == t.housing
    assert case.events.last().facts["assist"] == ["槐安物业"]


def test_the_community_dispatches_to_another_department(client, t, now):
    case = world.referred(t, now)
    response = take(client, t.dispatcher, case, "dispatch", proposed="other", lead=t.sweepers.pk)
    assert_taken(response, case, Act.DISPATCH, Status.DISPATCHED)
    assert case.lead == t.sweepers


def test_another_department_must_be_named(client, t, now):
    response = take(client, t.dispatcher, world.referred(t, now), "dispatch", proposed="other")
    assert "lead" in response.context["form"].errors


def test_the_lead_cannot_assist_itself(client, t, now):
    case = world.referred(t, now)
    facts = {"proposed": t.housing.pk, "assist": [t.housing.pk]}
    response = take(client, t.dispatcher, case, "dispatch", **facts)
    assert "assist" in response.context["form"].errors
    assert case.events.last().act == Act.REFER


def test_the_department_signs_and_fulfils(client, t, now):
    case = world.dispatched(t, now)
    assert_taken(take(client, t.officer, case, "sign"), case, Act.SIGN, Status.IN_HAND)
    response = take(client, t.officer, case, "fulfil", note="换了线路", photos=[picture(), picture("b.png")])
    assert_taken(response, case, Act.FULFIL, Status.FULFILLED)
    assert case.photos.count() == 2


def test_a_return_needs_a_listed_reason_and_its_basis(client, t, now):
    case = world.dispatched(t, now)
    response = take(client, t.officer, case, "return", reason=t.court.pk)
    assert set(response.context["form"].errors) == {"reason", "note"}
    response = take(client, t.officer, case, "return", reason=t.not_ours.pk, note="三定方案第4条")
    assert_taken(response, case, Act.RETURN, Status.RETURNED)


def test_the_evidence_of_a_return_is_seen_by_those_who_serve_and_not_by_the_resident(client, t, now):
    case = world.dispatched(t, now)
    facts = {"reason": t.not_ours.pk, "note": "管线图", "photos": [picture()]}
    assert_taken(take(client, t.officer, case, "return", **facts), case, Act.RETURN, Status.RETURNED)
    photo = case.photos.get()
    seen = {}
    for person in (t.officer, t.dispatcher, t.resident):
        client.force_login(person)
        on_page = photo.token in client.get(case.get_absolute_url()).content.decode()
        seen[person.username] = on_page, client.get(photo.get_absolute_url()).status_code
    assert seen == {"officer": (True, 200), "dispatcher": (True, 200), "resident": (False, 404)}


def test_a_ruling_names_another_lead(client, t, now):
    case = world.returned(t, now)
    client.force_login(t.dispatcher)
    form = client.get(page_of(case, "uphold")).context["form"]
    assert t.sanitation not in form._leads
    response = take(client, t.dispatcher, case, "uphold", proposed=t.housing.pk)
    assert_taken(response, case, Act.UPHOLD, Status.DISPATCHED)


def test_the_ruler_sees_both_sides_and_both_forms_on_one_page(client, t, now):
    case = world.referred(t, now)
    facts = {"proposed": t.housing.pk, "note": "三天内"}
    take(client, t.dispatcher, case, "dispatch", **facts)
    facts = {"reason": t.not_ours.pk, "note": "管线图上是物业的", "photos": [picture()]}
    take(client, t.warden, case, "return", **facts)
    client.force_login(t.dispatcher)
    for act in ("uphold", "overrule"):
        response = client.get(page_of(case, act))
        page = response.content.decode()
        for words in (
            "管线图上是物业的",
            "不属于本单位职责",
            "老石",
            "小唐",
            "三天内",
            "楼道照明归房管",
            case.photos.get().token,
        ):
            assert words in page, (act, words)
        assert all(f'action="{page_of(case, ruling)}"' in page for ruling in ("uphold", "overrule"))
        assert [one["act"] for one in response.context["forms"] if one["is_open"]] == [act]
        assert response.context["standings"][0].department == t.firm
    # A ruling that says nothing keeps both forms on the page.
    response = take(client, t.dispatcher, case, "overrule", note=" ")
    assert "note" in response.context["form"].errors
    assert len(response.context["forms"]) == 2


def test_the_ruler_reads_earlier_rulings_and_similar_ones_linked_where_in_sight(client, t, now):
    similar = world.returned(t, now)
    take(client, t.dispatcher, similar, "overrule", note="路灯归环卫")
    case = world.returned(t, now)
    take(client, t.dispatcher, case, "uphold", proposed=t.housing.pk, note="先给房管")
    take(client, t.warden, case, "return", reason=t.not_ours.pk, note="不归房管")
    client.force_login(t.supervisor)
    response = client.get(page_of(case, "uphold"))
    assert [event.note for event in response.context["earlier"]] == ["先给房管"]
    (row,) = response.context["alike"]
    assert (row["one"].case, row["url"]) == (similar, similar.get_absolute_url())
    assert response.context["form"].fields["note"].required
    assert "环境卫生中心" in str(response.context["forms"][1]["form"].heading)


def test_a_ruling_keeps_the_lead(client, t, now):
    case = world.returned(t, now)
    response = take(client, t.dispatcher, case, "overrule", note="清运归环卫")
    assert_taken(response, case, Act.OVERRULE, Status.IN_HAND)
    assert case.lead_locked


def test_the_community_reassigns(client, t, now):
    case = world.signed(t, now)
    response = take(client, t.dispatcher, case, "reassign", proposed="other", lead=t.sweepers.pk, note="派错")
    assert_taken(response, case, Act.REASSIGN, Status.DISPATCHED)


def test_a_decline_takes_its_door_from_the_reason(client, t, now):
    case = world.filed(t, now)
    response = take(client, t.clerk, case, "decline", reason=t.court.pk)
    assert_taken(response, case, Act.DECLINE, Status.DECLINED)
    assert case.events.last().facts["door"] == "请等法院判决。"


def test_a_decline_may_name_another_door(client, t, now):
    case = world.filed(t, now)
    take(client, t.clerk, case, "decline", reason=t.court.pk, door="请找司法所")
    assert case.events.last().facts["door"] == "请找司法所"


def test_an_assisting_department_reports_or_is_waived(client, t, now):
    case = world.signed(t, now, assist=[t.firm, t.housing])
    assert take(client, t.fitter, case, "assist", note="已清理").status_code == 302
    response = take(client, t.dispatcher, case, "waive", assistant=t.firm.pk)
    assert "assistant" in response.context["form"].errors
    assert take(client, t.dispatcher, case, "waive", assistant=t.housing.pk).status_code == 302
    assert case.events.last().facts == {"assistant": "房屋管理所"}


def test_the_resident_rates(client, t, now):
    case = world.fulfilled(t, now)
    answers = {"contacted": "yes", "solved": "no", "satisfaction": "fair", "note": "慢"}
    assert_taken(take(client, t.resident, case, "rate", **answers), case, Act.RATE, Status.CLOSED)
    rating = case.ratings.get()
    assert (rating.contacted, rating.solved, rating.satisfaction) == (True, False, "fair")


def test_a_caller_rates_and_contests_for_a_resident_who_was_reached(client, t, now):
    world.CallSlot.objects.all().delete()  # whatever the hour is
    answers = {"contacted": True, "solved": True, "satisfaction": "good"}
    case = world.called(t, now, outcome="reached", **answers)
    answers |= {"contacted": "yes", "solved": "yes"}
    assert_taken(take(client, t.caller, case, "rate", **answers), case, Act.RATE, Status.CLOSED)
    assert_taken(take(client, t.caller, case, "contest", note="还是不亮"), case, Act.CONTEST, Status.IN_HAND)


def test_the_resident_contests_with_a_photo_of_what_is_left(client, t, now):
    case = world.fulfilled(t, now)
    response = take(client, t.resident, case, "contest", note="还是不亮", photos=[picture()])
    assert_taken(response, case, Act.CONTEST, Status.IN_HAND)
    assert case.photos.get().stage == "before"


def test_the_resident_adds_words_or_a_photo_to_what_is_under_way(client, t, now):
    case = world.signed(t, now)
    refused = take(client, t.resident, case, "add", note=" ")
    assert "note" in refused.context["form"].errors
    assert_taken(take(client, t.resident, case, "add", note="二楼的也灭了"), case, Act.ADD, Status.IN_HAND)
    # A picture says it as well, also one that was kept because the one beside it could not be read.
    kept = take(client, t.resident, case, "add", photos=[picture("二楼.png"), broken()]).context["form"]
    assert set(kept.errors) == {"photos"}
    assert_taken(take(client, t.resident, case, "add", draft=kept.draft.pk), case, Act.ADD, Status.IN_HAND)
    assert case.photos.get().stage == "before"
    # Whoever has it is told, and the date stays.
    told = Notice.objects.filter(event__case=case, event__act=Act.ADD, kind=Notice.Kind.TURN)
    assert {notice.reader for notice in told} == {t.officer}
    assert case.due_at == case.promised_at
    page = client.get(case.get_absolute_url())
    assert "二楼的也灭了" in page.text


def test_words_to_add_are_neither_lost_nor_taken_while_the_resident_is_asked(client, t, now):
    case = world.accepted(t, now)
    workflow.take(case, Act.ASK, by=t.clerk, reason=t.unclear_place, note="哪个单元？", at=now)
    response = take(client, t.resident, case, "add", note="还有三楼")
    assert response.status_code == 409
    assert "还有三楼" in response.text
    assert take(client, t.resident, case, "answer", note="二单元，还有三楼").status_code == 302


def test_the_resident_withdraws_and_appeals(client, t, now):
    case = world.filed(t, now)
    assert_taken(take(client, t.resident, case, "withdraw"), case, Act.WITHDRAW, Status.WITHDRAWN)
    case = world.declined(t, now)
    assert_taken(take(client, t.resident, case, "appeal", note="没有起诉"), case, Act.APPEAL, Status.REFERRED)


def test_a_note_stays_inside_and_a_word_to_the_resident_does_not(client, t, now):
    case = world.accepted(t, now)
    take(client, t.clerk, case, "note", note="钥匙在门房")
    take(client, t.clerk, case, "tell", note="明天上午来修", photos=[picture()])
    hidden, told = case.events.order_by("serial")[2:]
    assert (hidden.is_public, told.public_note) == (False, "明天上午来修")


def test_a_look_at_the_number_shows_it_once_and_is_on_record(client, t, now):
    case = world.accepted(t, now)
    response = take(client, t.clerk, case, "reveal", purpose="visit")
    assert "199 0000 0001" in response.content.decode()
    look = case.events.last()
    assert (look.act, look.actor, look.is_public) == (Act.REVEAL, t.clerk, True)
    assert look.public_note
    assert "0000 0001" not in client.get(case.get_absolute_url()).content.decode()
    assert t.resident.notices.filter(event=look).exists()


def test_something_else_needs_words(client, t, now):
    case = world.accepted(t, now)
    response = take(client, t.clerk, case, "reveal", purpose="other")
    assert "note" in response.context["form"].errors
    assert "0000 0001" not in response.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "周大娘家门口的灯",
        "请打19900000001",
        "电话 138 0013 8000",
        "身份证14020219800101123X",
        "晋B12345的车",
        "晋BD12345的车",
        "住在1203的人",
    ],
)
def test_a_release_with_personal_data_is_refused(client, t, now, text):
    case = world.fulfilled(t, now)
    type(case).objects.filter(pk=case.pk).update(room="1203")
    response = take(client, t.dispatcher, case, "release", text=text, outcome="换了灯")
    assert "text" in response.context["form"].errors


def test_a_clean_release_is_kept_and_can_be_taken_back(client, t, now):
    case = world.signed(t, now)
    take(client, t.officer, case, "fulfil", note="换了线路和灯", photos=[picture(), picture("b.png")])
    client.force_login(t.dispatcher)
    form = client.get(page_of(case, "release")).context["form"]
    assert (form["text"].value(), form["outcome"].value()) == ("一单元的灯坏了三天", "换了线路和灯")
    shown = case.photos.first()
    facts = {"text": "楼道灯坏了", "outcome": "已修好", "photos_shown": [shown.pk]}
    assert "confirmed" in take(client, t.dispatcher, case, "release", **facts).context["form"].errors
    facts["confirmed"] = "on"
    assert take(client, t.dispatcher, case, "release", **facts).status_code == 302
    assert (case.release.text, case.photos.get(is_released=True)) == ("楼道灯坏了", shown)
    # Once more, with other words and no photo: the first day of publication stays.
    began = client.get(page_of(case, "release")).context["form"]
    assert (began["text"].value(), began["photos_shown"].value()) == ("楼道灯坏了", [shown.pk])
    facts |= {"text": "楼道里的灯坏了", "photos_shown": []}
    assert take(client, t.dispatcher, case, "release", **facts).status_code == 302
    released = Release.objects.get(case=case)
    assert (released.text, released.at < released.changed_at) == ("楼道里的灯坏了", True)
    assert not case.photos.filter(is_released=True).exists()
    assert take(client, t.dispatcher, case, "unrelease").status_code == 302
    assert not Release.objects.filter(case=case).exists()


def test_whoever_releases_sees_what_was_found_and_decides_on_what_is_only_likely(client, t, now):
    text = "2单元601王阿姨家门口，电话19900000088"
    case = workflow.take(world.filed(t, now, text=text), Act.ACCEPT, by=t.clerk, at=now)
    case = workflow.take(case, Act.SETTLE, by=t.clerk, note="老高来了，换了灯泡", at=now)
    client.force_login(t.dispatcher)
    page = client.get(page_of(case, "release"))
    form, html = page.context["form"], page.content.decode()
    assert form["text"].value() == "2单元某户某阿姨家门口，电话（电话略）"
    assert dict(form.found) == {"phone": ["19900000088"], "room": ["601"], "name": ["王阿姨", "老高"]}
    assert html.count("<mark") == 4
    # The button that only checks takes no step, and marks what still stands in the words.
    facts = {"text": "302路站旁王阿姨说灯坏了", "outcome": "换了灯泡", "confirmed": "on"}
    checked = take(client, t.dispatcher, case, "release", check="1", **facts)
    assert checked.context["form"].marked_as_likely == "王阿姨"
    assert not checked.context["form"].errors
    assert "text" in take(client, t.dispatcher, case, "release", **facts).context["form"].errors
    assert take(client, t.dispatcher, case, "release", looked_at="王阿姨", **facts).status_code == 302
    assert case.events.last().facts["looked_at"] == ["王阿姨"]


def test_the_door_itself_lets_no_name_and_number_through(t, now):
    case = world.fulfilled(t, now)
    for said in ("请打19900000088", "王阿姨家"):
        with pytest.raises(StepIncomplete):
            workflow.take(case, Act.RELEASE, by=t.dispatcher, text="灯坏了", outcome=said)


def test_who_comes_second_reads_who_was_first_and_keeps_the_words(client, t, now):
    case = world.accepted(t, now)
    client.force_login(t.clerk)
    seen = client.get(page_of(case, "settle")).context["form"]["seen"].value()
    workflow.take(case, Act.REFER, by=t.clerk, note="修不了")
    words = "换了灯泡，请看照片"
    response = client.post(page_of(case, "settle"), {"seen": seen, "note": words})
    page = response.content.decode()
    assert response.status_code == 409
    assert words in page
    assert response.context["last"].act == Act.REFER
    assert case.get_absolute_url() in page


def test_a_page_that_was_left_open_cannot_repeat_a_step(client, t, now):
    case = world.signed(t, now)
    seen = case.events.last().serial
    workflow.take(case, Act.REASSIGN, by=t.dispatcher, lead=t.housing, note="派错")
    workflow.take(case, Act.SIGN, by=t.warden)
    facts = {"seen": seen, "proposed": "other", "lead": t.sweepers.pk, "note": "派错"}
    client.force_login(t.dispatcher)
    assert client.post(page_of(case, "reassign"), facts).status_code == 409


def test_a_step_that_is_not_open_is_a_409_also_to_read(client, t, now):
    client.force_login(t.clerk)
    assert client.get(page_of(world.filed(t, now), "settle")).status_code == 409


def test_a_bad_photo_leaves_the_words(client, t, now):
    case = world.accepted(t, now)
    response = take(client, t.clerk, case, "settle", note="换了灯泡", done_by="老王", photos=[picture(), broken()])
    page = response.content.decode()
    assert response.status_code == 200
    assert "换了灯泡" in page
    assert "broken.jpg" in str(response.context["form"].errors["photos"])
    assert case.events.last().act == Act.ACCEPT


def try_to_settle(client, t, now, **facts):
    """小林's page after a good and a bad photo, and the case."""
    case = world.accepted(t, now)
    facts = {"note": "换了灯泡", "done_by": "老王", "photos": [picture(), broken()], **facts}
    response = take(client, t.clerk, case, "settle", **facts)
    assert response.status_code == 200
    return case, response.context["form"]


def test_the_good_photo_beside_a_bad_one_is_kept_and_goes_along(client, t, now):
    case, form = try_to_settle(client, t, now)
    kept = Photo.objects.get()
    assert (kept.case, kept.uploaded_by) == (None, t.clerk)
    assert [photo["token"] for photo in form.kept] == [kept.token]
    assert client.get(kept.small_url).status_code == 200
    response = take(client, t.clerk, case, "settle", note="换了灯泡", draft=form.draft.pk)
    assert_taken(response, case, Act.SETTLE, Status.FULFILLED)
    kept.refresh_from_db()
    assert (kept.case, kept.event, kept.draft, kept.stage) == (case, case.events.last(), None, "after")
    assert not Draft.objects.exists()
    assert str(form.draft.pk) not in client.session["drafts"]


def test_missing_words_leave_the_photos_too(client, t, now):
    _case, form = try_to_settle(client, t, now, note="", photos=[picture(), picture("b.png")])
    assert set(form.errors) == {"note"}
    assert len(form.kept) == 2


def test_a_kept_photo_is_taken_away_and_nothing_else_happens(client, t, now):
    case, form = try_to_settle(client, t, now, photos=[picture(), picture("b.png"), broken()])
    first, second = form.kept
    facts = {"note": "换了灯", "done_by": "", "draft": form.draft.pk, "remove": first["token"]}
    response = take(client, t.clerk, case, "settle", **facts)
    page = response.content.decode()
    assert "换了灯" in page
    assert (first["token"] in page, second["token"] in page) == (False, True)
    assert not response.context["form"].errors
    assert Photo.objects.get().token == second["token"]
    assert case.events.last().act == Act.ACCEPT


def test_taking_a_photo_away_does_not_ask_for_words_yet(client, t, now):
    case, form = try_to_settle(client, t, now)
    facts = {"note": "", "draft": form.draft.pk, "remove": form.kept[0]["token"]}
    response = take(client, t.clerk, case, "settle", **facts)
    assert (response.context["form"].errors, response.context["form"].kept) == ({}, [])


def test_kept_and_new_photos_together_are_six_at_most(client, t, now):
    case, form = try_to_settle(client, t, now, photos=[*(picture(f"{n}.png") for n in range(5)), broken()])
    two = [picture("f.png"), picture("g.png")]
    response = take(client, t.clerk, case, "settle", note="换了灯泡", draft=form.draft.pk, photos=two)
    form = response.context["form"]
    assert "g.png" in str(form.errors["photos"])
    assert (len(form.kept), form.fields["photos"].at_most) == (6, 0)
    # The sentence still has its place where there is no field any more.
    assert 'id="id_photos"' in response.content.decode()
    assert_taken(
        take(client, t.clerk, case, "settle", note="换了灯泡", draft=form.draft.pk), case, Act.SETTLE, Status.FULFILLED
    )
    assert case.photos.count() == 6


def test_a_draft_of_somebody_else_or_of_another_step_is_ignored(client, t, now):
    case, form = try_to_settle(client, t, now)
    other = world.accepted(t, now)
    facts = {"note": "换了灯泡", "draft": form.draft.pk}
    assert_taken(take(client, t.clerk, other, "settle", **facts), other, Act.SETTLE, Status.FULFILLED)
    client.logout()
    assert_taken(take(client, t.clerk, case, "settle", **facts), case, Act.SETTLE, Status.FULFILLED)
    assert Photo.objects.get().case is None
    assert client.get(Photo.objects.get().small_url).status_code == 404
    other = world.accepted(t, now)
    facts["draft"] = "no key at all"
    assert_taken(take(client, t.clerk, other, "settle", **facts), other, Act.SETTLE, Status.FULFILLED)


def test_whoever_proved_the_code_keeps_the_good_photo_too(client, t, now):
    case = world.fulfilled(t, now)
    session = client.session
    session["tracked"] = [case.pk]
    session.save()
    response = client.post(page_of(case, "contest"), {"note": "还是不亮", "photos": [picture(), broken()]})
    form = response.context["form"]
    assert form.kept[0]["url"] in response.content.decode()
    assert client.get(form.kept[0]["url"]).status_code == 200
    response = client.post(page_of(case, "contest"), {"note": "还是不亮", "draft": form.draft.pk})
    assert_taken(response, case, Act.CONTEST, Status.IN_HAND)
    assert case.photos.get().stage == "before"


def test_photos_kept_for_a_step_are_no_filing_under_way(client, t, now):
    _case, form = try_to_settle(client, t, now)
    assert client.get(reverse("requests:file")).context["begun"] is None
    assert client.get(reverse("requests:file-step", args=[form.draft.pk, "words"])).status_code == 404
    filing = Draft.objects.create(user=t.clerk, data={"party": "resident"})
    assert client.get(reverse("requests:file")).context["begun"] == filing


def test_a_network_that_began_too_many_drafts_keeps_no_photos_but_the_words(client, t, now, monkeypatch):
    monkeypatch.setattr(drafts, "DRAFTS_PER_ADDRESS", 0)
    case = world.fulfilled(t, now)
    session = client.session
    session["tracked"] = [case.pk]
    session.save()
    response = client.post(page_of(case, "contest"), {"note": "还是不亮", "photos": [picture(), broken()]})
    assert "还是不亮" in response.content.decode()
    assert not Photo.objects.exists()


def test_an_unknown_act_and_an_act_of_the_system_are_404(client, t, now):
    case = world.filed(t, now)
    client.force_login(t.clerk)
    for act in ("dance", "lapse", "file"):
        assert client.get(page_of(case, act)).status_code == 404


def test_whoever_proved_the_code_may_rate_without_an_account(client, t, now):
    case = world.fulfilled(t, now)
    session = client.session
    session["tracked"] = [case.pk]
    session.save()
    answers = {"contacted": "yes", "solved": "yes", "satisfaction": "good"}
    assert client.post(page_of(case, "rate"), answers).status_code == 302
    assert case.events.last().act == Act.RATE


def test_after_a_move_the_queue_goes_on_and_no_other_site(client, t, now):
    case = world.accepted(t, now)
    response = take(client, t.clerk, case, "refer", note="修不了", next="/desk/branch/?tab=in_hand")
    assert response.url == "/desk/branch/?tab=in_hand"
    case = world.accepted(t, now)
    response = take(client, t.clerk, case, "refer", note="修不了", next="https://example.com/")
    assert response.url == case.get_absolute_url()


@pytest.mark.parametrize(
    ("make", "act", "username"),
    [
        ("filed", "accept", "clerk"),
        ("accepted", "settle", "clerk"),
        ("accepted", "refer", "clerk"),
        ("filed", "decline", "clerk"),
        ("referred", "dispatch", "dispatcher"),
        ("dispatched", "sign", "officer"),
        ("dispatched", "return", "officer"),
        ("returned", "uphold", "dispatcher"),
        ("returned", "overrule", "dispatcher"),
        ("signed", "reassign", "dispatcher"),
        ("signed", "fulfil", "officer"),
        ("fulfilled", "rate", "resident"),
        ("fulfilled", "contest", "resident"),
        ("filed", "withdraw", "resident"),
        ("declined", "appeal", "resident"),
        ("accepted", "tell", "clerk"),
        ("accepted", "note", "clerk"),
        ("accepted", "reveal", "clerk"),
        ("fulfilled", "release", "dispatcher"),
    ],
)
def test_every_step_has_a_page_that_costs_little(client, t, now, django_assert_max_num_queries, make, act, username):
    case = getattr(world, make)(t, now)
    client.force_login(t.people[username])
    with django_assert_max_num_queries(15):
        response = client.get(page_of(case, act))
    assert response.status_code == 200
    assert response.content.decode().count("<h1") == 1
