"""edgectl in a real terminal: what a technician sees at 80 by 24, and that the terminal is given back."""

import subprocess

import pytest

from conftest import PRODUCTS
from shop.processes import program


def shop_code():
    """A code of the fixture's assortment."""
    return next(iter(PRODUCTS.values()))


def test_watch_follows_the_shop_and_gives_the_terminal_back(shop, terminal):
    watched = terminal(f"{program('edgectl')} watch --language en --socket {shop.edged.socket}")
    watched.wait(["line up", "orders", "moments", "q quits"])
    scanner = shop.device("scanner-7")
    for _ in range(5):
        scanner.card(shop_code())
    screen = watched.wait(["scanner-7", "scan ", "done", "p50 "])
    assert watched.widest() <= 80, screen
    assert set(screen) & set("▁▂▃▄▅▆▇█"), f"no line of latencies:\n{screen}"
    shop.line.stop()
    watched.wait(["line DOWN"])
    shop.edged.stop()
    watched.wait(["control."])
    shop.line.start()
    shop.edged.start()
    watched.wait(["line up"])
    watched.resize(50, 10)
    watched.wait(["orders", "q quits"])
    watched.type("q")
    screen = watched.wait(["ended with 0"])
    assert "orders" not in screen, "the shell's own screen is not back"


def test_watch_ends_by_ctrl_c_and_speaks_french(shop, terminal):
    watched = terminal(f"{program('edgectl')} watch --language fr --socket {shop.edged.socket}")
    watched.wait(["ligne établie", "q : quitter"])
    watched.type("C-c")
    watched.wait(["ended with 0"])


def test_a_terminal_that_breaks_lines_is_seen(terminal):
    broken = terminal("printf %0100d 7")
    broken.wait(["ended with 0"])
    assert broken.widest() > 100


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("words", ["status", "device list", "stock list", "stock show SKU-1", "device show scanner-7",
                                   "check --only agent,state,lanes"])
def test_pages_fit_a_terminal_of_eighty_columns(shop, terminal, words, language):
    shop.device("scanner-7").card(shop_code())
    places = f"--config {shop.edged.file} --edged {program('edged')}" if words.startswith("check") else ""
    page = terminal(f"{program('edgectl')} {words} {places} --language {language} --socket {shop.edged.socket}", height=60)
    screen = page.wait(["ended with "], 40)
    assert page.widest() <= 80, screen
    assert len(screen.split()) > 8, screen


def test_watch_once_is_plain_text_for_a_report(shop):
    done = subprocess.run([program("edgectl"), "watch", "--once", "--language", "en", "--socket", shop.edged.socket],
                          timeout=30, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and "orders" in done.stdout
