"""What the scrubber finds in what people write, and what it leaves alone; each sentence with the pieces it holds."""

from types import SimpleNamespace
from unicodedata import normalize

import pytest

from requests_app.personal import Kind, finds_in, made_public, personal_data_in

pytestmark = pytest.mark.once

PHONE, IDENTITY, PLATE, ROOM, NAME = Kind.PHONE, Kind.IDENTITY, Kind.PLATE, Kind.ROOM, Kind.NAME
CASE = SimpleNamespace(
    resident=SimpleNamespace(name="周秀英", phone="19900000001"),
    contact_name="周秀英",
    contact_phone="19900000001",
    room="1203",
    code="12345678901",
)
HELD = [
    ("有事请打19900000088", {"19900000088": PHONE}),
    ("电话 199 0000 0088，晚上在家", {"199 0000 0088": PHONE}),
    ("请联系＋86 199-0000-0088", {"+86 199-0000-0088": PHONE}),
    ("手机１９９００００００８８", {"19900000088": PHONE}),
    ("打一九九零零零零零零八八也行", {"一九九零零零零零零八八": PHONE}),
    ("座机0352-5550001没人接", {"0352-5550001": PHONE}),
    ("身份证14020219550101123X，办老年证", {"14020219550101123X": IDENTITY}),
    ("证号 140202 19550101 1234", {"140202 19550101 1234": IDENTITY}),
    ("晋B12345堵在门口", {"晋B12345": PLATE}),
    ("一辆晋BD12345一直占着充电位", {"晋BD12345": PLATE}),
    ("京A·8888警 停在路中间", {"京A·8888警": PLATE}),
    ("3号楼2单元501漏水", {"501": ROOM}),
    ("6栋302室的阳台往下滴水", {"302室": ROOM}),
    ("3-2-501往下漏", {"3-2-501": ROOM}),
    ("6#-302 暖气不热", {"6#-302": ROOM}),
    ("我住在502，楼上太吵", {"502": ROOM}),
    ("二〇三室没人住", {"二〇三室": ROOM}),
    ("5楼东户在敲墙", {"5楼东户": ROOM}),
    ("四层西户装修", {"四层西户": ROOM}),
    ("住在1203的人", {"1203": ROOM}),
    ("王阿姨腿脚不便", {"王阿姨": NAME}),
    ("谢谢李师傅当天就来", {"李师傅": NAME}),
    ("张书记来看过，说下周修", {"张书记": NAME}),
    ("找过物业的刘建国经理", {"刘建国经理": NAME}),
    ("上周主任没来，赵主任来了", {"赵主任": NAME}),
    ("欧阳老师帮着登记的", {"欧阳老师": NAME}),
    ("居民王建国反映灯不亮", {"王建国": NAME}),
    ("联系人：李红，白天都在", {"李红": NAME}),
    ("老王说的，小李也看见了", {"老王": NAME, "小李": NAME}),
    ("找张姐拿钥匙", {"张姐": NAME}),
    ("楼下的蔺女士和须先生", {"蔺女士": NAME, "须先生": NAME}),
    ("周秀英家门口", {"周秀英": NAME}),
    ("周 秀 英家的灯", {"周 秀 英": NAME}),
    ("微信号 wang_200812 可加", {"wang_200812": Kind.ONLINE}),
    ("写信到 zhou@example.org", {"zhou@example.org": Kind.ONLINE}),
    ("查询码 123 4567 8901", {"123 4567 8901": Kind.CODE}),
    (
        "2单元601的孙大爷，电话19900000088，车晋B12345",
        {"601": ROOM, "孙大爷": NAME, "19900000088": PHONE, "晋B12345": PLATE},
    ),
]
# Numbers of requests, dates, amounts, meters, and places without which nobody understands; titles of nobody.
NOTHING = [
    "工单2025110300123已经并单，原编号#1042",
    "统一编号 140213001001202511 的井盖",
    "2025年11月3日 8:30 停水，12-25 恢复",
    "2025-11-03 上午停电",
    "水表读数0302吨，电表1302度",
    "一共花了1350元，每户分摊12.50元",
    "换了302盏灯，修了1200米管道",
    "6号楼3单元的灯坏了",
    "3栋和4栋之间的路灯，6#楼前的井盖",
    "6号楼2024年装的电梯",
    "全院320户，3栋120户都受影响",
    "影响1单元40多户居民",
    "302路公交站，109国道旁",
    "先拨110、119、120，热线12345",
    "室温只有14度，室内太冷",
    "楼道里102配电箱打火",
    "上周主任来过，对方经理不认账",
    "项目经理说下周施工，施工队长没来",
    "谢谢师傅，一位老师看见的",
    "保安队长在门口，保安让等",
    "由于书记开会，主任没有签字",
    "业主高度关注，居民周末才在家",
    "住户安全没有保障，居民常常绕路",
    "老马路上的石子，小石桥的栏杆",
    "高层住户的水压不够，万家灯火",
    "每周3-5次清运，限高2-3米",
    "第3-500号文件",
    "张贴了通知，方便大家",
    "文化站站长室旁边的活动室",
    "一位先生说看见了，有女士在门口，老先生两天没出门",
    "支部书记陪同，班主任老师不知道",
]


@pytest.mark.parametrize(("text", "expected"), HELD)
def test_what_names_somebody_is_found_where_it_stands(text, expected):
    finds = finds_in(text, CASE)
    assert {find.text: find.kind for find in finds} == expected
    for find in finds:
        assert normalize("NFKC", text[find.start : find.end]) == find.text
        assert find.text not in made_public(text, CASE)


@pytest.mark.parametrize("text", NOTHING)
def test_what_names_nobody_is_left_alone(text):
    assert finds_in(text, CASE) == []
    assert made_public(text, CASE) == text


def test_precision_and_recall_over_all_sentences():
    hits = missed = wrong = 0
    for text, expected in [*HELD, *((text, {}) for text in NOTHING)]:
        found = {find.text for find in finds_in(text, CASE)}
        hits += len(found & set(expected))
        missed += len(set(expected) - found)
        wrong += len(found - set(expected))
    assert len(HELD) + len(NOTHING) >= 40
    assert hits / (hits + missed) >= 0.98
    assert hits / (hits + wrong) >= 0.98


def test_what_stands_in_its_place_still_reads():
    assert made_public("2单元601的孙大爷说，晋B12345又来了", CASE) == "2单元某户的某大爷说，（车牌略）又来了"
    assert made_public("周秀英，电话19900000001", CASE) == "某某，电话（电话略）"


def test_only_what_is_certain_is_refused_outright():
    assert personal_data_in("王阿姨住302室，电话19900000088", CASE) == ["19900000088"]
    assert personal_data_in("周秀英住1203", CASE) == ["周秀英", "1203"]
