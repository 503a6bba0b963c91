"""Lists that a person keeps at a desk under names of their own."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from requests_app.models import SavedView
from tests import town as world

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def t():
    return world.town()


def views_page(slug="branch"):
    return reverse("requests:desk-views", args=[slug])


def desk(client, query=""):
    return client.get(reverse("requests:desk", args=["branch"]) + query)


def save(client, name, query="tab=all", **more):
    return client.post(views_page(), {"go": "save", "name": name, "query": query, **more})


def names(user):
    return [view.name for view in SavedView.objects.at_desk(user, "branch")]


def test_a_list_is_saved_and_opened_again(client, t):
    case = world.filed(t)
    world.filed(t, category=t.rubbish)
    client.force_login(t.clerk)
    narrowed = desk(client, f"?tab=all&category={t.lamp.pk}&sort=oldest&page=1&case={case.pk}&words=")
    response = save(client, "楼道灯", narrowed.context["query"])
    shown = client.get(response.url)
    assert {row["pk"] for row in shown.context["rows"]} == {case.pk}
    (view,) = shown.context["views"]
    assert (str(view["label"]), view["is_current"]) == ("楼道灯", True)
    assert not desk(client).context["views"][0]["is_current"]
    assert SavedView.objects.get().query == f"tab=all&category={t.lamp.pk}&sort=oldest"


def test_saving_under_the_same_name_changes_the_view(client, t):
    client.force_login(t.clerk)
    for query in ("tab=all", "tab=in_hand"):
        save(client, "我的", query)
    assert SavedView.objects.get().query == "tab=in_hand"


def test_what_is_no_part_of_a_list_is_not_kept(client, t):
    client.force_login(t.clerk)
    save(client, "我的", "tab=all&case=3&page=2&next=https://example.com/&status=")
    assert SavedView.objects.get().query == "tab=all"


@pytest.mark.parametrize("words", ["19900000001", "199 0000 0001", "漏水 199-0000-0001", "+86１９９00000001"])
def test_no_view_keeps_a_mobile_number(client, t, words):
    client.force_login(t.clerk)
    response = save(client, "我的", urlencode({"tab": "all", "words": words}))
    assert not SavedView.objects.exists()
    assert "手机号" in str(response.context["wrong"].non_field_errors())
    assert "不保存手机号" in response.content.decode()
    assert save(client, "我的", urlencode({"words": "3号楼 2026-11-21"})).status_code == 302


def test_a_view_whose_category_is_gone_says_so_and_shows_the_rest(client, t):
    case = world.filed(t)
    client.force_login(t.clerk)
    save(client, "旧的", "tab=all&category=987654&sort=oldest")
    response = desk(client, f"?{SavedView.objects.get().query}")
    assert {row["pk"] for row in response.context["rows"]} == {case.pk}
    assert response.context["left_out"] == ["类别"]
    assert "类别" in response.content.decode()


def test_views_are_renamed_moved_and_deleted(client, t):
    client.force_login(t.clerk)
    for name in ("一", "二", "三"):
        save(client, name)
    third = SavedView.objects.get(name="三")
    client.post(views_page(), {"go": "up", "view": third.pk})
    assert names(t.clerk) == ["一", "三", "二"]
    client.post(views_page(), {"go": "rename", "view": third.pk, "name": "急的"})
    client.post(views_page(), {"go": "delete", "view": SavedView.objects.get(name="一").pk})
    assert names(t.clerk) == ["急的", "二"]
    assert client.get(views_page()).content.decode().count("急的")


def test_two_views_cannot_have_one_name_and_none_is_nameless(client, t):
    client.force_login(t.clerk)
    for name in ("一", "二"):
        save(client, name)
    for name in ("二", " ", "长" * 21):
        response = client.post(views_page(), {"go": "rename", "view": SavedView.objects.first().pk, "name": name})
        assert "name" in response.context["wrong"].errors
    assert names(t.clerk) == ["一", "二"]


def test_twenty_are_enough(client, t):
    client.force_login(t.clerk)
    for number in range(SavedView.AT_MOST + 1):
        response = save(client, f"第{number}")
    assert "name" in response.context["wrong"].errors
    assert len(names(t.clerk)) == SavedView.AT_MOST
    # One of them can still be changed.
    assert save(client, "第3", "tab=in_hand").status_code == 302


def test_nobody_sees_or_touches_another_persons_views(client, t):
    client.force_login(t.clerk)
    save(client, "我的")
    view = SavedView.objects.get()
    colleague = world.person("colleague", "小周", "branch", t.branch)
    client.force_login(colleague)
    assert desk(client).context["views"] == []
    for go in ("rename", "delete", "up"):
        assert client.post(views_page(), {"go": go, "view": view.pk, "name": "抢"}).status_code == 404
    for nonsense in ("x", "", "9" * 30):
        assert client.post(views_page(), {"go": "delete", "view": nonsense}).status_code == 404
    assert names(t.clerk) == ["我的"]
    assert client.get(views_page("community")).status_code == 404
