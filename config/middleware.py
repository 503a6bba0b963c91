"""What every answer carries besides its content: the language it is in, and what its page may ask the browser for."""

from django.conf import settings
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

# The pages use none of these; taking a photo goes through a file field, which needs no permission.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()" for feature in ("browsing-topics", "camera", "geolocation", "microphone", "payment", "usb")
)


def chosen_language(get_response):
    """Speak the language the person chose with the switch; Chinese until then.

    Django's LocaleMiddleware falls back on Accept-Language. A phone set to English, or a browser inside another app,
    would then show English to people who never asked for it, so only the cookie counts.
    """

    def middleware(request):
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if language not in dict(settings.LANGUAGES):
            language = settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
            # A TemplateResponse is rendered inside get_response, so the whole page is in this language.
            response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


class CompressedPages(GZipMiddleware):
    """Compress pages, which are words; photos and exported files are small already, the site's own files come so.

    The bytes of random length that GZipMiddleware adds, and cookies that other sites' requests do not carry, keep the
    length of an answer from telling what stands in it.
    """

    def process_response(self, request, response):
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page and not response.streaming else response


def not_for_search_engines(get_response):
    """Ask search engines to keep nothing but the pages that say otherwise themselves."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    return middleware


def permissions_policy(get_response):
    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware
