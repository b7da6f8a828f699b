"""Whoever has a phone gets everywhere: what the rail shows, the bar below or its menu shows too."""

import re

LINK = re.compile(r'<a href="(/[^"]*)"')


def between(page: str, start: str, end: str) -> str:
    return page.split(start, 1)[1].split(end, 1)[0]


def test_every_section_of_the_rail_is_in_the_bar_of_a_phone_or_its_menu(client_for, bob, lumen):
    page = client_for(bob, lumen).get("/").content.decode()
    rail = LINK.findall(between(page, '<aside class="rail"', "</nav>"))
    bar = between(page, '<nav class="tabbar"', "</nav>")
    menu = between(page, 'id="more-menu"', "</nav>")
    assert len(rail) > 4
    assert set(rail) <= {*LINK.findall(bar), *LINK.findall(menu)}
    assert 'popovertarget="more-menu"' in bar  # a button of the browser's own: keys, Escape, state


def test_the_bar_says_where_the_reader_is_also_inside_its_menu(client_for, bob, lumen):
    page = client_for(bob, lumen).get("/accounts/profile/").content.decode()
    button = between(page, 'popovertarget="more-menu"', ">")
    assert 'aria-current="page"' in button
    home = client_for(bob, lumen).get("/").content.decode()
    assert "aria-current" not in between(home, 'popovertarget="more-menu"', ">")


def test_a_swap_is_settled_before_a_key_can_be_pressed(client_for, bob, lumen):
    page = client_for(bob, lumen).get("/").content.decode()
    assert '"defaultSettleDelay":0' in page
