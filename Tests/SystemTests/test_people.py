"""Clerks and customers: who may, and how little is told, kept and remembered."""

import time

from shop.codes import own_code

CARD = own_code("L", 123456789)
NAME = "Zébulon Quetzalcoatl"


def feed_customer(shop, consent=("advice",), expires="2099-01-01T00:00:00Z"):
    shop.headquarters.set("customers", "C-88", {
        "cards": [CARD], "name": NAME, "tier": "gold", "consent": list(consent),
        "fields": {"sizes": {"shirt": "M"}, "loyaltyPoints": 120, "address": "secret street"}, "expires": expires})
    shop.headquarters.wait_fed("customers")


def test_a_clerk_signs_in_by_badge_and_pin_with_the_line_down_too(shop):
    shop.line.stop()
    tablet = shop.device("tablet-1")
    session = tablet.done("clerk.signIn", badge="B-100", pin="1234")
    assert session["clerk"] == "ada" and session["name"] == "Ada" and session["roles"] == ["clerk"] and session["until"]
    tablet.done("count.record", sku="SKU-1", counted=10, clerk="ada")
    tablet.done("clerk.signOut", clerk="ada")
    tablet.refused("count.record", "clerk.sessionRequired", sku="SKU-1", counted=10, clerk="ada")


def test_a_wrong_pin_is_refused_and_five_lock_the_badge(shop):
    tablet = shop.device("tablet-1")
    for _ in range(3):
        tablet.refused("clerk.signIn", "clerk.signInWrong", badge="B-100", pin="0000")
    tablet.done("clerk.signIn", badge="B-100", pin="1234")
    codes = [tablet.do("clerk.signIn", badge="B-100", pin="0000")["problem"]["code"] for _ in range(8)]
    assert codes[0] == "clerk.signInWrong" and codes[-1] == "clerk.locked", codes
    locked = tablet.refused("clerk.signIn", "clerk.locked", badge="B-100", pin="1234")
    assert locked["facts"]
    shop.edged.restart()
    tablet.refused("clerk.signIn", "clerk.locked", badge="B-100", pin="1234")
    tablet.done("clerk.signIn", badge="B-200", pin="9876")
    tablet.refused("clerk.signIn", "clerk.signInWrong", badge="B-999", pin="1234")


def test_a_session_belongs_to_its_device_and_seat(shop):
    first, second = shop.device("tablet-1"), shop.device("tablet-2")
    first.done("clerk.signIn", badge="B-200", pin="9876", seat="a")
    second.refused("count.record", "clerk.sessionRequired", sku="SKU-1", counted=1, clerk="max", seat="a")
    first.refused("count.record", "clerk.sessionRequired", sku="SKU-1", counted=1, clerk="max", seat="b")
    assert first.done("count.record", sku="SKU-1", counted=1, clerk="max", seat="a")["state"] == "approved"


def test_a_customers_snippet_is_masked_and_cut_to_the_role(shop):
    feed_customer(shop)
    tablet, till, mirror = shop.device("tablet-1"), shop.device("till-1"), shop.device("mirror-1")
    assert shop.device("scanner-1").card(CARD)["kind"] == "loyalty"
    seen = tablet.ask("customer.get", card=CARD)
    assert seen["outcome"] == "done", seen
    seen = seen["result"]
    assert seen["name"] == "Z. Q***" and seen["customer"] == "C-88" and seen["tier"] == "gold"
    assert seen["fields"] == {"sizes": {"shirt": "M"}, "loyaltyPoints": 120}
    assert till.ask("customer.get", customer="C-88")["result"]["fields"] == {"loyaltyPoints": 120}
    refused = mirror.ask("customer.get", card=CARD)
    assert refused["outcome"] == "refused" and refused["problem"]["code"] == "device.notAllowed"
    feed_customer(shop, consent=())
    assert tablet.ask("customer.get", card=CARD)["result"]["fields"] == {}
    feed_customer(shop, expires=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60)))
    assert tablet.ask("customer.get", card=CARD)["problem"]["code"] == "customer.unknown"


def test_an_erased_customer_is_in_no_file_and_stays_erased(shop):
    feed_customer(shop)
    code = own_code("P", 4711)
    shop.headquarters.place("W-9", {"SKU-1": 1}, code,
                            customer={"name": NAME, "phoneLast4": "4471", "customer": "C-88"})
    shop.headquarters.wait_fed("orders")
    tablet = shop.device("tablet-1")
    assert tablet.ask("customer.get", card=CARD)["outcome"] == "done"
    shop.edged.wait_drained()
    shop.headquarters.feed("erasures", [{"type": "erase", "customer": "C-88", "request": "E-1"}])
    shop.headquarters.wait_fed("erasures")
    receipt = shop.headquarters.wait_event("store.customer.erased")
    assert receipt["data"]["customer"] == "C-88" and receipt["data"]["request"] == "E-1"
    assert tablet.ask("customer.get", customer="C-88")["problem"]["code"] == "customer.erased"
    feed_customer(shop)
    assert tablet.ask("customer.get", card=CARD)["outcome"] == "refused", "a tombstone survives what is fed again"
    found = [file.name for file in shop.edged.state.rglob("*") if file.is_file() and holds(file.read_bytes())]
    assert found == [], f"the name is still readable in {found} while the agent runs"
    shop.edged.stop()
    found = [file.name for file in shop.edged.state.rglob("*") if file.is_file() and holds(file.read_bytes())]
    assert found == [], f"the name is still readable in {found} after the agent stopped"


def holds(content):
    return any(part.encode() in content for part in (NAME, "Quetzalcoatl", "secret street"))


def test_a_name_is_never_readable_at_rest(shop):
    feed_customer(shop)
    assert shop.device("tablet-1").ask("customer.get", card=CARD)["outcome"] == "done"
    for moment in ("running", "stopped"):
        if moment == "stopped":
            shop.edged.stop()
        found = [file.name for file in shop.edged.state.rglob("*") if file.is_file() and holds(file.read_bytes())]
        assert found == [], f"{found} while {moment}"
