"""Parts of pages that cost next to nothing however often they stand there; every template has them without loading."""

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def icon(name, size=""):
    """A picture beside words, never instead of them: ``name`` of the sprite; ``size`` "s" or "l" if not 1.5em."""
    return _drawn(name or "other", f" icon--{size}" if size else "")


# One page shows the same few many times.
@lru_cache(maxsize=256)
def _drawn(name, look):
    svg = '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    return format_html(svg, look, static("icons/sprite.svg"), name)


@register.tag
def unchanging(parser, token):
    """{% unchanging %}…{% endunchanging %}: what every page of a language says alike, put together once."""
    nodelist = parser.parse(["endunchanging"])
    parser.delete_first_token()
    return Unchanging(nodelist)


class Unchanging(template.Node):
    """What stands in it sees nothing of the page around it, so it can say nothing of one reader to the next."""

    def __init__(self, nodelist):
        self.nodelist, self.said = nodelist, {}

    def render(self, context):
        language = get_language()
        if language not in self.said:
            self.said[language] = self.nodelist.render(context.new())
        return self.said[language]
