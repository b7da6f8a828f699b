"""What a person sees in a browser: Google's consent page, and a plain view of the platform."""

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import urlencode

from integrations.sandbox.grants import KNOWN_SCOPES
from integrations.sandbox.world import Channel, Comment, Video, World

_STYLE = """
:root{color-scheme:light dark;--bg:#f4f4f7;--card:#fff;--text:#1c1b22;--dim:#5d5b6b;--line:#dcdbe4;
--go:#5b21b6;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#131218;--card:#1d1b25;--text:#f2f1f7;--dim:#aaa7ba;
--line:#34313f;--go:#c4b5fd;--on:#131218}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:6vh auto;padding:2rem;background:var(--card);border:1px solid
var(--line);border-radius:16px}
main.wide{max-width:52rem}
h1{font-size:1.5rem;line-height:1.25;margin:.25rem 0 1rem}
h2{font-size:1rem;margin:1.5rem 0 .5rem}
p.note,small,.dim{color:var(--dim)}
.tag{display:inline-block;font-size:.75rem;border:1px solid var(--line);border-radius:99px;
padding:.1rem .6rem;color:var(--dim)}
label.pick{display:flex;gap:.75rem;align-items:center;padding:.75rem;border:1px solid var(--line);
border-radius:12px;margin:.5rem 0;cursor:pointer}
label.pick:has(:checked){border-color:var(--go);outline:1px solid var(--go)}
.disc{width:2.5rem;height:2.5rem;border-radius:50%;display:grid;place-items:center;color:#fff;
font-weight:600;flex:none}
.row{display:flex;gap:.75rem;justify-content:flex-end;margin-top:1.5rem;flex-wrap:wrap}
button{font:inherit;font-weight:600;padding:.6rem 1.25rem;border-radius:10px;border:1px solid
var(--line);background:none;color:var(--text);cursor:pointer}
button.go{background:var(--go);color:var(--on);border-color:var(--go)}
textarea,input[type=text]{font:inherit;width:100%;padding:.6rem;border:1px solid var(--line);
border-radius:10px;background:var(--bg);color:var(--text);margin:.25rem 0}
p .disc{display:inline-grid;vertical-align:middle}
form{margin-bottom:1.5rem}
article{border-top:1px solid var(--line);padding:.75rem 0;overflow-wrap:anywhere}
article.reply{margin-left:2.5rem}
article.lit{background:color-mix(in srgb,var(--go) 12%,transparent)}
a{color:var(--go)}
ul{padding-left:1.25rem}
"""


def _page(title: str, body: str, *, wide: bool = False) -> str:
    kind = ' class="wide"' if wide else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main{kind}>{body}</main></body></html>"
    )


def _disc(channel: Channel) -> str:
    colour = escape(channel.colour)
    return (
        f'<span class="disc" style="background:#{colour}" aria-hidden="true">'
        f"{escape(channel.title[:1])}</span>"
    )


def consent(
    query: Mapping[str, str],
    channels: Iterable[Channel],
    scopes: Iterable[str],
    *,
    words: Mapping[str, str] = KNOWN_SCOPES,
    action: str = "/google/o/oauth2/v2/consent",
    platform: str = "YouTube channel",
) -> str:
    """Choose a channel, tick what to allow, approve or deny. `words` explain the scopes."""
    picks = "".join(
        f'<label class="pick"><input type="radio" name="channel" value="{escape(channel.id)}"'
        f"{' checked' if not position else ''}>{_disc(channel)}<span><strong>"
        f"{escape(channel.title)}</strong><br><small>{escape(channel.handle)} · "
        f"{channel.subscribers:,} subscribers</small></span></label>"
        for position, channel in enumerate(channels)
    )
    ticks = "".join(
        f'<label class="pick"><input type="checkbox" name="scope" value="{escape(scope)}" checked>'
        f"<span>{escape(words[scope])}</span></label>"
        for scope in scopes
    )
    return _page(
        "Choose a channel",
        '<span class="tag">Sandbox: nobody real, nothing leaves this machine</span>'
        f"<h1>Aura wants to access your {escape(platform)}</h1>"
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="request" value="{escape(urlencode(query))}">'
        f"<h2>Choose a channel</h2>{picks}<h2>Aura will be able to</h2>{ticks}"
        '<p class="note">You can take this back at any time in your account settings.</p>'
        '<div class="row"><button name="decision" value="deny">Cancel</button>'
        '<button class="go" name="decision" value="approve">Allow</button></div></form>',
    )


def consent_error(error: str, sentence: str) -> str:
    """Google's "Access blocked" page."""
    return _page(
        "Access blocked",
        '<span class="tag">Sandbox</span><h1>Access blocked: the request is invalid</h1>'
        f"<p>{escape(sentence)}</p><p class='note'>Error 400: {escape(error)}</p>",
    )


def index(world: World) -> str:
    """All channels with their videos."""
    parts = ['<span class="tag">Sandbox</span><h1>The invented platform</h1>']
    for channel in world.channels.values():
        parts.append(
            f"<h2>{escape(channel.title)} <small>{escape(channel.handle)}</small></h2><ul>"
        )
        parts += [
            f'<li><a href="/watch?v={escape(video.id)}">{escape(video.title)}</a> '
            f"<small>{world.comment_count(video.id)} comments</small></li>"
            for video in world.uploads(channel.id)
        ]
        parts.append("</ul>")
    return _page("The invented platform", "".join(parts), wide=True)


def watch(world: World, video: Video, lit: str) -> str:
    """What the public sees below a video, and a form to say something there."""
    channel = world.channels[video.channel_id]
    head = (
        f'<p><a href="/">All channels</a></p><h1>{escape(video.title)}</h1>'
        f'<p class="dim">{_disc(channel)} {escape(channel.title)} · '
        f"{world.comment_count(video.id)} comments</p>"
    )
    if not video.comments_enabled:
        return _page(video.title, head + "<p>Comments are turned off.</p>", wide=True)
    form = (
        f'<form method="post" action="/watch?v={escape(video.id)}">'
        '<label>Handle <input type="text" name="handle" value="@a.passer.by"></label>'
        '<label>Comment <textarea name="text" rows="2"></textarea></label><div class="row">'
        '<button name="say" value="abusive">Let the crowd be nasty</button>'
        '<button name="say" value="kind">Let the crowd be kind</button>'
        '<button class="go" name="say" value="text">Comment</button></div></form>'
    )
    said = []
    for top in world.threads("published", video_id=video.id)[:200]:
        said.append(_said(world, top, lit))
        said += [_said(world, reply, lit) for reply in world.replies(top.id)]
    return _page(video.title, head + form + "".join(said), wide=True)


def _said(world: World, comment: Comment, lit: str) -> str:
    classes = " ".join(
        name
        for name, wanted in (("reply", comment.parent_id), ("lit", comment.id == lit))
        if wanted
    )
    author = world.authors[comment.author_id]
    return (
        f'<article class="{classes}" id="{escape(comment.id)}"><small>'
        f"<bdi>{escape(author.handle)}</bdi> · {comment.published_at:%d %b %Y %H:%M}</small><br>"
        f"<bdi>{escape(comment.text)}</bdi></article>"
    )


def picture(key: str, letter: str) -> str:
    """An avatar or thumbnail drawn from a key."""
    hue = sum(key.encode()) * 37 % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" fill="hsl({hue} 45% 38%)"/>'
        '<text x="32" y="42" font-family="sans-serif" font-size="28" text-anchor="middle" '
        f'fill="#fff">{escape(letter)}</text></svg>'
    )
