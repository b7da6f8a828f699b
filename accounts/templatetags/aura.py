"""The tags and filters of Aura's pages: icons, severity, masks, sparklines, times, fields."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zlib import crc32

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from accounts.models import Membership

register = template.Library()

SEVERITY_WORDS = {
    1: gettext_lazy("Low"),
    2: gettext_lazy("Medium"),
    3: gettext_lazy("High"),
    4: gettext_lazy("Critical"),
}
# Generic glyphs, never a platform's logo; the name is for screen readers.
PLATFORMS = {
    "youtube": ("p-yt", "YouTube"),
    "tiktok": ("p-tt", "TikTok"),
    "instagram": ("p-ig", "Instagram"),
    "reddit": ("p-rd", "Reddit"),
    "twitch": ("p-tw", "Twitch"),
    "facebook": ("p-fb", "Facebook"),
    "x": ("web", "X"),
    "onlyfans": ("web", "OnlyFans"),
    "linkedin": ("web", "LinkedIn"),
    "snapchat": ("web", "Snapchat"),
    "discord": ("web", "Discord"),
    "telegram": ("web", "Telegram"),
    "whatsapp": ("web", "WhatsApp"),
    "signal": ("web", "Signal"),
}
_SEVERITY_BARS = ((1, 11, 4), (4.75, 8, 7), (8.5, 5, 10), (12.25, 2, 13))  # x, y, height
# Rough lengths only: the bars say short, middling or long and never the count of the words.
_MASK_STEPS = ((20, 4), (60, 7), (140, 11), (400, 15))
_MASK_MOST = 20
_SPARK_WIDTH, _SPARK_TOP, _SPARK_BOTTOM = 120.0, 3.0, 29.0


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """The icon `name` of img/icons.svg: an image called `label`, or decoration without one."""
    return _drawn_icon(name, str(label), css)


# A list draws the same few a hundred times. Typed: a label that is safe as it stands and one that
# is not are two things, also where they read the same.
@lru_cache(maxsize=512, typed=True)
def _drawn_icon(name: str, label: str, css: str) -> SafeString:
    href = f"{static('img/icons.svg')}#i-{name}"
    classes = f"i {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>',
            classes,
            label,
            href,
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, href)


@register.simple_tag
def platform_icon(platform: str, css: str = "") -> SafeString:
    """The glyph of a platform with its name; an unknown one is a globe with the given name."""
    name, label = PLATFORMS.get(platform, ("web", platform))
    return icon(name, label, css)


@register.filter
def platform_name(platform: str) -> str:
    """How people write the platform's name."""
    return PLATFORMS.get(platform, ("", platform))[1]


@register.simple_tag
def severity(level: int, word: str = "hidden", css: str = "") -> SafeString:
    """Bars and word of a severity 1 to 4; `word`: "shown", "only" (no bars) or "hidden"."""
    step = min(max(int(level), 1), 4)
    return _drawn_severity(step, word, css, str(SEVERITY_WORDS[step]))


@lru_cache(maxsize=256)
def _drawn_severity(step: int, word: str, css: str, label: str) -> SafeString:
    bars = [
        {"x": x, "y": y, "height": height, "is_on": index < step}
        for index, (x, y, height) in enumerate(_SEVERITY_BARS)
    ]
    context = {
        "step": step,
        "label": label,
        "bars": [] if word == "only" else bars,
        "is_shown": word != "hidden",
        "css": css,
    }
    return render_to_string("ui/_severity.html", context)


@register.simple_tag
def shortened(text: object, limit: int | str = "") -> str:
    """At most `limit` characters of a text, 280 without one, cut as `truncatechars` does."""
    whole, most = "" if text is None else str(text), int(limit or 280)
    # Most names and comments are short: nothing to count in them.
    if len(whole) <= most and unicodedata.is_normalized("NFC", whole):
        return whole
    return Truncator(whole).chars(most)


@register.filter
def severity_word(level: int) -> str:
    """The word of a severity 1 to 4; 0 says that nothing was found."""
    return str(SEVERITY_WORDS.get(int(level), pgettext("severity", "None")))


@register.filter
def mask_bars(length: int) -> range:
    """As many bars as a text of roughly `length` characters deserves, in five steps."""
    return range(next((bars for most, bars in _MASK_STEPS if int(length) <= most), _MASK_MOST))


@register.filter
def initials(name: str) -> str:
    """Two capitals for an avatar: "Theo Lindqvist" is TL, "@ridgeline_" is RI."""
    words: list[str] = re.findall(r"[^\W_]+", str(name))
    if not words:
        return "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


@register.inclusion_tag("ui/_thumb.html")
def thumb(seed: object) -> dict[str, int]:
    """A drawing that stands for a post: the same `seed` always gives the same one of three.

    The platform's own picture is never loaded, so no other host learns what is read here.
    """
    return {"variant": crc32(str(seed).encode()) % 3}


@register.simple_tag
def sparkline(values: Sequence[float | None], label: str, tone: str = "") -> str:
    """A line of figures as SVG called `label`; `tone`: "d" abuse, "q" quiet. Gaps are left out.

    Fewer than two figures draw nothing: a line would claim a trend.
    """
    figures = [float(value) for value in values if value is not None]
    if len(figures) < 2:
        return ""
    low, high = min(figures), max(figures)
    scale = (_SPARK_BOTTOM - _SPARK_TOP) / (high - low) if high > low else 0.0
    step = _SPARK_WIDTH / (len(figures) - 1)
    line = "M" + "L".join(
        f"{index * step:.1f} {_SPARK_BOTTOM - (figure - low) * scale:.1f}"
        for index, figure in enumerate(figures)
    )
    return format_html(
        '<svg class="spark {}" viewBox="0 0 120 32" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><path class="wash" d="{}L120 32L0 32Z"/><path d="{}"/></svg>',
        tone,
        label,
        line,
        line,
    )


@register.simple_tag
def ago(moment: datetime | None, css: str = "") -> str:
    """How long ago, in the reader's language and zone; the exact time is the tooltip."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        css,
        moment.isoformat(),
        _to_the_minute(local.replace(second=0, microsecond=0, tzinfo=None), get_language() or ""),
        _since(local),
    )


# Lists are drawn again at every poke with the same times in them. By language: it is what the
# words depend on, and the time is already the reader's own.
@lru_cache(maxsize=4096)
def _to_the_minute(minute: datetime, _language: str) -> str:
    return formats.date_format(minute, "DATETIME_FORMAT")


def _since(local: datetime) -> str:
    now = timezone.localtime(timezone.now(), local.tzinfo)
    seconds = (now - local).total_seconds()
    if seconds < 60:
        return _("now")
    if seconds < 3600:
        return _("%(count)d min") % {"count": seconds // 60}
    days = (now.date() - local.date()).days
    if days == 0 or seconds < 6 * 3600:
        return _("%(count)d h") % {"count": seconds // 3600}
    if days == 1:
        return _("Yesterday")
    if local.year == now.year:
        return formats.date_format(local, pgettext("day and month, Django date format", "j M"))
    return formats.date_format(local, "SHORT_DATE_FORMAT")


@register.simple_tag(takes_context=True)
def here(context: template.Context, *urls: str) -> str:
    """`aria-current` for a link of the navigation: one of `urls` is this page or lies above it."""
    path = _request(context).path
    if path in urls:
        return format_html('aria-current="{}"', "page")
    if any(url not in ("", "/") and path.startswith(url) for url in urls):
        return format_html('aria-current="{}"', "true")
    return ""


@register.simple_tag(takes_context=True)
def csrf_field(context: template.Context) -> str:
    """The hidden CSRF field. Unlike Django's tag it also works in an include with `only`, whose
    context holds no value of a context processor."""
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">',
        get_token(_request(context)),
    )


def _request(context: template.Context) -> HttpRequest:
    # Kept by RequestContext through `only`; context["request"] is not.
    request: HttpRequest = context.request  # type: ignore[attr-defined]
    return request


@register.filter
def may(membership: Membership, grant: str) -> bool:
    """Whether the member's role carries the grant: show what a view would allow, no more."""
    return membership.may(grant)


@register.filter
def dressed(choice: BoundWidget) -> SafeString:
    """One radio button or check box of a field that offers choices."""
    choice.data["attrs"] = {**choice.data["attrs"], "class": "check"}
    return choice.tag()


@register.filter
def control(field: BoundField) -> SafeString:
    """The control of a form field, dressed by its kind."""
    css = {"check": "check", "switch": "switch"}.get(control_kind(field), "input")
    widget = field.field.widget
    return field.as_widget(attrs={"class": f"{widget.attrs.get('class', '')} {css}".strip()})


@register.filter
def control_kind(field: BoundField) -> str:
    """What a field is drawn as: "choices", "switch", "check", "file" or "input"."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "switch" if widget.attrs.get("role") == "switch" else "check"
    return "file" if isinstance(widget, FileInput) else "input"
