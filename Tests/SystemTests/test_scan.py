"""A code is scanned: by any client, in any form a scanner sends, and the answer says what it is and where it is."""

import json
import shutil
import subprocess
import time

import pytest

from conftest import PRODUCTS
from shop.codes import own_code
from shop.processes import wait_until

GTIN = PRODUCTS["SKU-1"]


def here(card):
    return next(entry["value"] for entry in card["availability"] if entry["kind"] == "here")


def test_a_bare_code_and_a_json_question_get_the_same_card(shop):
    scanner = shop.device("scanner-1")
    bare = scanner.card(GTIN)
    asked = scanner.ask("scan", code=GTIN)
    assert asked["outcome"] == "done"
    for card in (bare, asked["result"]):
        assert card["kind"] == "product" and card["sku"] == "SKU-1" and card["gtin"] == "0" + GTIN
        assert card["name"] == {"fr": "Article SKU-1", "en": "Article SKU-1"}
        assert card["price"]["amount"] == 4990 and card["price"]["currency"] == "EUR"
        assert card["image"] == "https://example.org/SKU-1.jpg"
        assert card["attributes"] == {"colour": "blue", "size": "M"}
        assert here(card) == 10 and card["expires"]


@pytest.mark.parametrize("form", [
    "\x02%s\x03", "%s\r\n", "\t%s\r", "  %s  ", "]E0%s", "%s\n",
])
def test_what_scanners_add_is_taken_off(shop, form):
    assert shop.device("scanner-1").card(form % GTIN)["sku"] == "SKU-1"


def test_every_form_of_a_code_leads_to_the_same_product(shop):
    scanner = shop.device("scanner-1")
    gtin14 = "0" + GTIN
    for code in [gtin14, f"]d201{gtin14}\x1d", f"]C101{gtin14}10LOT7", f"(01){gtin14}(10)LOT7",
                 f"https://id.example.org/01/{gtin14}/10/LOT7", f"HTTPS://ID.EXAMPLE.ORG/01/{gtin14}",
                 f"]Q1https://shop.example.org/some/path/01/{gtin14}?17=271231"]:
        card = scanner.card(code)
        assert card["sku"] == "SKU-1", code
        if "LOT7" in code:
            assert card["batch"]["lot"] == "LOT7", code


def test_refusals_say_what_was_expected(shop):
    scanner = shop.device("scanner-1")
    wrong = GTIN[:-1] + str((int(GTIN[-1]) + 1) % 10)
    reply = scanner.scan(wrong)
    assert reply["outcome"] == "refused" and reply["problem"]["code"] == "scan.checkDigit"
    assert str(reply["problem"]["facts"]["expected"]) == GTIN[-1]
    unknown = scanner.scan("4006381333931")
    assert unknown["problem"]["code"] == "product.unknown"
    french = scanner.scan(GTIN.translate(str.maketrans("0123456789", "à&é\"'(-è_ç")))
    assert french["problem"]["code"] == "scan.keyboardLayout", french
    assert "keyboard" in french["problem"]["detail"].lower()
    lost = scanner.scan(f"]d201{'0' + GTIN}10" + "A" * 21 + "21SERIAL")
    assert lost["problem"]["code"].startswith("scan."), lost
    for code in ["", "https://example.org/nothing/here", "hello world", "]d2zz", "\x1d"]:
        reply = scanner.scan(code)
        assert reply["outcome"] == "refused" and reply["problem"]["detail"], (code, reply)
    assert scanner.card(GTIN)["sku"] == "SKU-1"


def test_other_shops_are_shown_with_their_age(shop):
    as_of = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 120))
    shop.headquarters.set("network", "SKU-2", {"shops": [{"shop": "S2", "quantity": 3, "asOf": as_of}]})
    shop.headquarters.wait_fed("network")
    card = shop.device("scanner-1").card(PRODUCTS["SKU-2"])
    other = [entry for entry in card["availability"] if entry["kind"] == "otherShop"]
    assert [(entry["shop"], entry["value"]) for entry in other] == [("S2", 3)]
    age = other[0]["ageSeconds"]
    # A box whose clock nobody vouches for tells no age rather than a wrong one.
    assert age is None or 118 <= age <= 150


def test_availability_follows_the_last_answered_command_on_every_device(shop):
    tablet, scanner, mirror = shop.device("tablet-1"), shop.device("scanner-1"), shop.device("mirror-1")
    for left in range(9, 0, -1):
        tablet.done("reservation.place", lines=[{"sku": "SKU-3"}])
        assert here(scanner.card(PRODUCTS["SKU-3"])) == left
        assert mirror.ask("availability.get", sku="SKU-3")["result"]["availability"][0]["value"] == left


def test_a_device_with_one_topic_sends_the_verb_inside(shop):
    tablet = shop.device("tablet-2")
    reply = tablet.request("", "scan", {"verb": "scan", "code": GTIN})
    assert reply["outcome"] == "done" and reply["result"]["sku"] == "SKU-1"
    reply = tablet.request("", "reservation.place", {"verb": "reservation.place", "lines": [{"gtin": GTIN}]})
    assert reply["outcome"] == "done" and reply["result"]["state"] == "held"


def test_mqtt_5_response_topic_and_correlation_data_are_honoured_in_the_own_branch(shop):
    tablet = shop.device("tablet-1")
    tablet.with_response_topic("/ask/scan", GTIN, "shop/v1/tablet-1/reply/answers", b"\x01\x02")
    topic, payload, properties = wait_until(lambda: tablet.shown and tablet.shown[0], 10, "an answer on the own topic")
    assert topic == "shop/v1/tablet-1/reply/answers" and properties.CorrelationData == b"\x01\x02"
    assert json.loads(payload)["result"]["sku"] == "SKU-1"
    tablet.with_response_topic("/ask/scan", GTIN, "shop/v1/till-1/reply", b"\x03")
    reply = tablet.next_reply(0)
    assert reply["result"]["sku"] == "SKU-1", "a foreign response topic must not be honoured"
    assert not shop.tap.on("shop/v1/till-1/reply")


def test_an_old_client_of_mqtt_3_is_served_too(shop):
    old = shop.device("tablet-2", version=3)
    assert old.card(GTIN)["sku"] == "SKU-1"
    assert old.do("reservation.place", lines=[{"sku": "SKU-1"}])["outcome"] == "done"


def test_a_paired_screen_shows_the_card_once_for_a_trigger_happy_scanner(shop):
    scanner, screen = shop.device("scanner-1"), shop.device("screen-1")
    for _ in range(3):
        scanner.scan(GTIN)
    wait_until(lambda: screen.shown, 10, "a card on the screen")
    time.sleep(0.3)
    cards = [json.loads(payload) for topic, payload, _ in screen.shown if topic == "shop/v1/screen-1/show/card"]
    assert [card["sku"] for card in cards] == ["SKU-1"]


def test_a_reservation_and_a_pickup_code_show_their_cards(shop):
    tablet, scanner = shop.device("tablet-1"), shop.device("scanner-1")
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 2}])
    card = scanner.card(held["reservation"].lower().replace("-", ""))
    assert card["kind"] == "reservation" and card["reservation"] == held["reservation"] and card["state"] == "held"
    code = own_code("P", 987654321)
    shop.headquarters.place("W-1", {"SKU-2": 1}, code)
    shop.headquarters.wait_fed("orders")
    card = scanner.card(code)
    assert card["kind"] == "pickup" and card["order"] == "W-1" and card["state"] == "received"
    flaw = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert scanner.scan(flaw)["problem"]["code"] == "scan.ownCodeCheck"


def test_a_printed_qr_label_is_read_by_a_real_decoder_and_sent_by_a_real_client(shop, tmp_path):
    for tool in ("qrencode", "zbarimg", "mosquitto_pub"):
        assert shutil.which(tool), f"{tool} is missing; make setup installs it"
    listener = shop.device("scanner-2")
    for sku in ("SKU-5", "SKU-6"):
        link = f"https://id.example.org/01/0{PRODUCTS[sku]}"
        picture = tmp_path / f"{sku}.png"
        subprocess.run(["qrencode", "-o", picture, "-s", "6", link], check=True, timeout=20)
        read = subprocess.run(
            ["zbarimg", "--quiet", "--raw", picture], check=True, capture_output=True, timeout=20).stdout
        assert read.decode().strip() == link
        before = len(listener.replies)
        subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(shop.broker.port), "-q", "1", "-t",
             "shop/v1/scanner-2/ask/scan", "-s"], input=read, check=True, timeout=20)
        reply = listener.next_reply(before)
        assert reply["outcome"] == "done" and reply["result"]["sku"] == sku


def test_a_device_that_is_not_listed_may_scan_and_nothing_else(shop):
    stranger = shop.device("stranger-9")
    assert stranger.card(GTIN)["sku"] == "SKU-1"
    assert stranger.refused("reservation.place", "device.notAllowed", lines=[{"sku": "SKU-1"}])["detail"]
