"""Finds what must not be shown in public: the person's own data, and what names somebody.

Some of it is certain (a number that can be nothing else, the names and the room of the case itself) and is never let
through. Some is only likely (a room number, a family name with a title): a person has to look at it.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

# With or without a country code and gaps, but not a part of a longer number.
MOBILE = re.compile(r"(?<!\d)(?:\+?86[ .-]?)?1[3-9]\d[ .-]?\d{4}[ .-]?\d{4}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ .-]?\d{7,8}(?!\d)")
# A region, a day of birth, three digits and a check character; another number of 18 digits has no such day in it.
IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}[ -]?(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx](?!\d)"
)
# A province, a letter, then five or six letters and digits (six on green plates).
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][ ·•.]?"
    r"[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳]"
)
# The number as people write it who do not want it found.
SPELLED = re.compile(r"[一幺][三四五六七八九](?:[ -]?[零〇一幺二两三四五六七八九]){9}|(?<!\d)1(?: \d){10}(?!\d)")
ONLINE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]*\w|微信号?[:： ]*(?P<it>[A-Za-z][\w-]{5,19})|(?:QQ|qq)号?[:： ]*(?P<too>\d{5,11})"
)

# The number of a flat, behind 单元, behind a building, or before 室. Building and entrance stay: without them nobody
# understands where it was. Not what is counted or dated: 3栋120户, 6号楼2024年.
NOT_COUNTED = r"(?!\d|\s*[年月日元块万度吨米平个人次天点分秒盏株户家号路%℃])"
ROOMS = (
    re.compile(rf"(?:单元|门洞)\s*(?P<it>\d{{3,4}}(?:\s*[室号])?){NOT_COUNTED}"),
    re.compile(rf"(?:[栋幢座]|号楼|\d#楼?)\s*(?P<it>\d{{3,4}}(?:\s*[室号])?){NOT_COUNTED}"),
    re.compile(r"(?<![\d.])\d{3,4}\s*(?:室(?![内外温友])|号房(?!屋))"),
    re.compile(r"(?<![\d\-./])\d{1,2}-\d{1,2}-\d{3,4}(?![\d\-./年月日元])"),
    re.compile(rf"(?<![\d\-./:~第])\d{{1,2}}#?-[1-9]\d{{2,3}}(?:[室号户])?(?!-|\.\d|/){NOT_COUNTED}"),
    re.compile(rf"(?:住在?|家在|我家是?)\s*(?P<it>\d{{3,4}}(?:[室号户])?){NOT_COUNTED}"),
    re.compile(r"[一二三四五六七八九十][零〇一二三四五六七八九]{2,3}室"),
    re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})[楼层][东西南北中左右]边?户"),
)

# Family names that are no everyday words before a title.
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦"
    "季俞章鲁葛伍韦申尤毕聂焦柳邢岳齐梅莫庄辛祝左涂谷祁舒耿牟卜詹苗凌费纪靳盛童甄曲游裴席卫屈鲍霍翁隋景柏宁柯阮桂闵柴冉"
    "匡蔺佟闫仇丛蒙仲滕褚巩郜符甘邰晏宗荣宫裘芮亢綦缪茅封瞿冼苟茹郏冀"
)
COMPOUND = "欧阳|上官|司马|诸葛|皇甫|尉迟|令狐|司徒|慕容"
# A family name that is the end of another word: 下周主任, 几张, 对方经理, 谢谢师傅, 保安队长.
NOT_BEHIND = (
    r"(?<![上下本每这两一双各]周)(?<![一两几这那每三]张)(?<![多对双各警三我院业物官地东西南北前后一二]方)"
    r"(?<![主时前现担责新历离兼]任)(?<![谢感多]谢)(?<![保治公平西长]安)(?<![对由关至属位在处终过]于)"
    r"(?<![日经平正通异时]常)(?<![也不允准或]许)(?<![照回不光]顾)(?<![语作天中英]文)(?<![任如为几]何)"
    r"(?<![树落枝绿]叶)(?<![资现奖租]金)(?<![路地阶时]段)(?<![不未]曾)(?<![明空]白)(?<![交收要花]钱)"
)
SURNAME = rf"(?:{COMPOUND}|[{SURNAMES}]{NOT_BEHIND})"
# No given name has these in it, so 项目经理, 施工队长 and 高层住户 are nobody.
NOT_GIVEN = (
    "的了是在不有没说来去和与及就都也又再到被把给让请找从对为以可要会能区街社院楼栋元司网格党支部处所局队站科室组班工目道"
    "管业谢家户层"
)
GIVEN = rf"(?!化|务|装|末|上|便|能|牌|空|天|度)[^\W\d_A-Za-z{NOT_GIVEN}]"
TITLES = (
    "阿姨|大妈|大爷|大娘|大叔|大婶|大姐|大哥|大嫂|叔叔|奶奶|爷爷|婆婆|先生|女士|小姐|老师|师傅|书记|支书|主任|经理|科长|所长|局长|"
    "队长|站长|处长|部长|院长|校长|园长|会长|组长|班长|楼长|网格员|医生|大夫|护士|律师|警官|老板|同志|老汉|老太太|老太"
)
# Before 先生 and 女士 stands a family name, however rare, but for these: 一位先生, 老先生, 有女士.
NOBODYS = (
    "位这那的多老各些男女名个两几同轻该此有户主面请是给和让为被找问对跟与及或叫到把将从在来去"
    "说了着过也都就又再还很不没无"
)
KIN = "姐|哥|叔|婶|姨|嫂|伯|爷|奶"
# Behind a name something ends, or somebody says or does something.
BEHIND = (
    r"(?=[，。、；：！？（）,.;:!?()\s\d]|$|的|说|称|反映|家|来|在|住|打|和|与|是|把|给|也|已|正|到|去|帮|先生|女士)"
)
NAMES = (
    re.compile(rf"{SURNAME}(?:{GIVEN}){{0,2}}?(?P<title>{TITLES})"),
    re.compile(rf"[^\W\d_A-Za-z{NOBODYS}](?P<title>先生|女士)"),
    re.compile(rf"{SURNAME}(?P<title>{KIN})(?![夫弟妹])"),
    re.compile(
        rf"(?:居民|业主|住户|户主|租户|邻居|联系人|姓名|党员|志愿者|保安|保洁员?|网格员|楼长|书记|主任|经理|师傅|老师|叫|我是|本人)"
        rf"(?:叫|是|为)?[:： ]?(?P<it>{SURNAME}(?:{GIVEN}){{1,2}}?){BEHIND}"
    ),
    re.compile(rf"(?<![大])[老小][{SURNAMES}]{BEHIND}"),
)


class Kind(models.TextChoices):
    PHONE = "phone", _("phone number")
    IDENTITY = "identity", _("identity number")
    PLATE = "plate", _("number plate")
    ROOM = "room", _("room number")
    NAME = "name", _("name or form of address")
    ONLINE = "online", _("e-mail, WeChat or QQ")
    CODE = "code", _("tracking code")


# In the order in which they are looked for; what an earlier one found, a later one does not find again.
CERTAIN = (
    (Kind.IDENTITY, IDENTITY),
    (Kind.PHONE, MOBILE),
    (Kind.PHONE, LANDLINE),
    (Kind.PLATE, PLATE),
)
LIKELY = (
    (Kind.PHONE, SPELLED),
    (Kind.ONLINE, ONLINE),
    *((Kind.ROOM, pattern) for pattern in ROOMS),
    *((Kind.NAME, pattern) for pattern in NAMES),
)


@dataclass(frozen=True)
class Find:
    """A piece of a text that names somebody: ``start`` and ``end`` are places in the text as it was written."""

    kind: Kind
    start: int
    end: int
    text: str
    is_certain: bool
    title: str = ""

    @property
    def instead(self):
        """What may stand in its place, in the language of the site."""
        with translation.override(settings.LANGUAGE_CODE):
            if self.title:
                return gettext("a certain %(title)s") % {"title": self.title}
            return INSTEAD[self.kind]()


INSTEAD = {
    Kind.PHONE: lambda: gettext("(phone number left out)"),
    Kind.IDENTITY: lambda: gettext("(identity number left out)"),
    Kind.PLATE: lambda: gettext("(number plate left out)"),
    Kind.ROOM: lambda: gettext("one flat"),
    Kind.NAME: lambda: pgettext("in place of a name", "somebody"),
    Kind.ONLINE: lambda: gettext("(account left out)"),
    Kind.CODE: lambda: gettext("(tracking code left out)"),
}


def finds_in(text, case):
    """The Finds of ``text`` in order, none within another; names, phones, room and code are those of ``case``.

    Full-width letters and digits count as plain ones.
    """
    plain, places = _plain(text)
    found, taken = [], set()
    certain = ((kind, pattern, True) for kind, pattern in (*CERTAIN, *_known(case)))
    likely = ((kind, pattern, False) for kind, pattern in LIKELY)
    for kind, pattern, is_certain in (*certain, *likely):
        for match in pattern.finditer(plain):
            start, end = _span(match)
            if not taken.intersection(range(start, end)):
                taken.update(range(start, end))
                title = match.groupdict().get("title") or ""
                found.append(Find(kind, places[start], places[end - 1] + 1, plain[start:end], is_certain, title))
    return sorted(found, key=lambda find: find.start)


def _plain(text):
    """``text`` with plain letters and digits, and for each of its signs the place where it stood."""
    signs = [(sign, place) for place, one in enumerate(text) for sign in unicodedata.normalize("NFKC", one)]
    return "".join(sign for sign, _place in signs), [place for _sign, place in signs]


def _span(match):
    """Where the piece stands: the group that is it, or all that matched."""
    for name in ("it", "too"):
        if match.groupdict().get(name):
            return match.span(name)
    return match.span()


def _known(case):
    """(kind, pattern) of what is known of the people of ``case``; a family name alone is not found."""
    known = case.resident
    yield from ((Kind.NAME, _spaced(name)) for name in (case.contact_name, known.name if known else "") if name[1:])
    yield from ((Kind.PHONE, _spaced(phone)) for phone in (case.contact_phone, known.phone if known else "") if phone)
    if case.room:
        yield Kind.ROOM, re.compile(rf"(?<![0-9A-Za-z]){re.escape(case.room)}(?![0-9A-Za-z])")
    if case.code:
        yield Kind.CODE, _spaced(case.code)


def _spaced(piece):
    """``piece`` with any gaps between its signs."""
    return re.compile(r"\s*".join(map(re.escape, "".join(piece.split()))))


def personal_data_in(text, case):
    """The pieces of ``text`` that certainly name a person, a room, a phone, an identity card or a plate; each once."""
    return list(dict.fromkeys(find.text for find in finds_in(text, case) if find.is_certain))


def unfit_for_public(text, case, looked_at=()):
    """(certain, likely) pieces for which ``text`` cannot be shown; not those likely ones that a person looked at."""
    finds, known = finds_in(text, case), {"".join(piece.split()) for piece in looked_at}
    certain = dict.fromkeys(find.text for find in finds if find.is_certain)
    likely = dict.fromkeys(find.text for find in finds if not find.is_certain)
    return list(certain), [piece for piece in likely if "".join(piece.split()) not in known]


def pieces_of(text, finds):
    """``text`` cut up for showing: (piece, the Find that it is or None) in order."""
    last = 0
    for find in finds:
        yield text[last : find.start], None
        yield text[find.start : find.end], find
        last = find.end
    yield text[last:], None


def made_public(text, case):
    """``text`` with a plain word in place of everything found: what a person begins with who releases it."""
    return "".join(find.instead if find else piece for piece, find in pieces_of(text, finds_in(text, case)))


def without_personal_data(text, case):
    """``text`` with every such piece as ***; three stars alone where a piece cannot be cut out cleanly."""
    plain = unicodedata.normalize("NFKC", text)
    found = personal_data_in(text, case)
    if not found:
        return text
    for piece in sorted(found, key=len, reverse=True):
        plain = plain.replace(piece, "***")
    return "***" if personal_data_in(plain, case) else plain


def without_numbers(text):
    """``text`` with the middle of every phone and identity number in it left out: 138****5678."""
    for pattern in (IDENTITY, MOBILE, LANDLINE):
        text = pattern.sub(lambda match: _hollow(match.group()), text)
    return text


def _hollow(number):
    return f"{number[:3]}****{number[-4:]}"
