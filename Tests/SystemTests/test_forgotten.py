"""Who collected an order: sealed while it matters, and nowhere any more once it does not (DESIGN §9)."""

import json
import os
import shutil
import sqlite3
import subprocess

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from shop.codes import own_code
from shop.processes import program, wait_until
from test_backup import restore

NAME = "Zébulon Quetzalcoatl"
#: What of a person may be found nowhere: each name, as text and as JSON escapes it; the digits between quotes, since
#: four digits alone are in many a number.
TRACES = ["Zébulon", "Z\\u00e9bulon", "Quetzalcoatl", '"4471"']
CODE = own_code("P", 4711)
CUSTOMER = {"name": NAME, "phoneLast4": "4471", "customer": "C-88"}


@pytest.fixture
def keeping(new_shop):
    """An open shop whose broker keeps everything on its disk."""
    return new_shop(keeps=True).open()


def traces(shop):
    """The files of the box that have something of the person: state, backups, copies, logs, the shop broker's own."""
    roots = [shop.edged.state, shop.broker.folder, shop.edged.process.log, shop.edged.file]

    def contents():
        files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*")) if file.is_file()]
        try:
            return {str(file): file.read_bytes() for file in files}
        except FileNotFoundError:
            # The broker has just put what it wrote in its file's place.
            return None

    found = wait_until(contents, 20, "a whole look at the box's files")
    assert {"ledger.db", "keys.db"} <= {os.path.basename(file) for file in found}
    return [f"{file}: {trace}" for file, content in found.items() for trace in TRACES if trace.encode() in content]


def prepare(shop, tablet, order="W-9"):
    """An order that waits at the counter, seen in every way that a device can see it."""
    shop.headquarters.place(order, {"SKU-1": 1}, CODE, customer=CUSTOMER)
    shop.headquarters.wait_fed("orders")
    for verb, fields in [("accept", {}), ("claim", {}), ("pick", {"sku": "SKU-1"}), ("stage", {"place": "B1"}),
                         ("ready", {}), ("arrive", {"where": "counter"})]:
        tablet.done(f"pickup.{verb}", order=order, clerk="ada", **fields)
    for query in ("Quetz", "4471", order[-4:]):
        found = tablet.ask("pickup.find", query=query)["result"]["pickups"]
        assert [pickup["order"] for pickup in found] == [order] and found[0]["name"] == "Z. Q***", query
    assert tablet.ask("pickup.get", order=order)["result"]["name"] == "Z. Q***"
    assert tablet.card(CODE)["name"] == "Z. Q***"
    return order


def leave_session(shop, device):
    """A device that subscribed to its replies, and went away with its session kept."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"kept-{device}", clean_session=False)
    subscribed = []
    client.on_connect = lambda *_: client.subscribe(f"shop/v1/{device}/reply", 1)
    client.on_subscribe = lambda *_: subscribed.append(True)
    client.connect("127.0.0.1", shop.broker.port)
    client.loop_start()
    wait_until(lambda: subscribed, 10, f"{device} subscribing")
    client.disconnect()
    client.loop_stop()


def sign_in(shop):
    tablet = shop.device("tablet-1")
    tablet.done("clerk.signIn", badge="B-100", pin="1234")
    return tablet


def back_up(shop):
    answer = shop.edged.control(command="backup")
    assert answer["outcome"] == "done", answer
    def made():
        return sorted((shop.edged.state / "backups").glob("*.sha256"))
    return str(wait_until(made, 30, "a backup")[-1]).removesuffix(".sha256")


def keys(shop):
    """The names of the keys that the box has; the agent has to be stopped."""
    database = sqlite3.connect(shop.edged.state / "keys.db")
    found = [row[0] for row in database.execute("SELECT customer FROM customerKey ORDER BY 1")]
    database.close()
    return found


def test_who_collects_is_readable_in_no_file_at_any_moment(keeping):
    shop = keeping
    tablet = sign_in(shop)
    leave_session(shop, "tablet-2")
    order = prepare(shop, tablet)
    # A device that is away: what it is told waits at the broker.
    tablet.publish("shop/v1/tablet-2/ask/pickup.get", {"id": "00000000-0000-4000-8000-000000000001", "order": order})
    wait_until(lambda: b"Z. Q***" in (shop.broker.folder / "mosquitto.db").read_bytes(), 20, "the masked name at rest")
    assert traces(shop) == [], "while the order waits"
    back_up(shop)
    assert traces(shop) == [], "with a backup"
    shop.edged.control(command="customer.unmask", id="C-88", reason="the customer rang")
    shop.edged.control(command="explain", id=order)
    tablet.done("pickup.handOver", order=order, clerk="ada",
                proof={"method": "identityShown", "facts": ["name", "phoneLast4"]})
    shop.edged.wait_drained()
    assert traces(shop) == [], "after it was handed over"
    shop.edged.kill()
    assert traces(shop) == [], "after a loss of power"
    shop.edged.start()
    shop.edged.stop()
    assert traces(shop) == [], "after the agent stopped"


def test_an_erasure_ends_the_keys_that_backups_would_need(keeping):
    shop = keeping
    prepare(shop, sign_in(shop))
    shop.headquarters.place("W-10", {"SKU-2": 1}, own_code("P", 2), customer={"name": "Jean Martin"})
    shop.headquarters.wait_fed("orders")
    backup = back_up(shop)
    shop.headquarters.feed("erasures", [{"type": "erase", "customer": "C-88", "request": "E-1"}])
    shop.headquarters.wait_event("store.customer.erased", customer="C-88")
    # Headquarters that does not know better sends the order again: the tombstone stands before it.
    shop.headquarters.place("W-9", {"SKU-1": 1}, CODE, customer=CUSTOMER)
    shop.headquarters.wait_fed("orders")
    tablet = shop.devices[0]
    seen = tablet.ask("pickup.get", order="W-9")["result"]
    assert "name" not in seen and "contactUnreadable" not in seen
    assert tablet.ask("pickup.find", query="Quetz")["result"]["pickups"] == []
    assert traces(shop) == []
    shop.edged.stop()
    assert keys(shop) == ["pickup W-10"], "nobody else's key is touched"
    assert traces(shop) == []
    restore(shop, backup, "--yes")
    shop.line.stop()
    shop.edged.start()
    told = shop.edged.control(command="explain", id="W-9")["result"]
    assert "contactUnreadable" in json.dumps(told), told
    assert tablet.ask("pickup.get", order="W-10")["result"]["name"] == "J. M***"
    assert traces(shop) == []


def test_a_contact_is_forgotten_a_week_after_its_pickup_is_over_and_its_key_with_it(shop):
    tablet = sign_in(shop)
    order = prepare(shop, tablet)
    shop.headquarters.place("W-10", {"SKU-2": 1}, own_code("P", 2), customer={"name": "Jean Martin"})
    shop.headquarters.wait_fed("orders")
    tablet.done("pickup.handOver", order=order, clerk="ada", proof={"code": CODE})
    for days, left in [(6, ["pickup W-10", f"pickup {order}"]), (2, ["pickup W-10"])]:
        shop.edged.stop()
        database = shop.edged.open_ledger()
        database.execute("UPDATE pickup SET stateAt = stateAt - ? WHERE orderID = ?", (days * 86_400_000, order))
        database.commit()
        database.close()
        shop.edged.start()
        assert ("name" in tablet.ask("pickup.get", order=order)["result"]) == (len(left) == 2)
        shop.edged.stop()
        assert keys(shop) == left
        shop.edged.start()
    shop.edged.stop()
    database = shop.edged.open_ledger()
    assert database.execute("SELECT contact FROM pickup WHERE orderID = ?", (order,)).fetchone()[0] is None


def test_on_a_box_without_the_keys_the_order_is_handed_over_and_learns_its_name_again(shop, tmp_path):
    tablet = sign_in(shop)
    order = prepare(shop, tablet)
    backup = back_up(shop)
    shop.edged.wait_drained()
    shop.edged.stop()
    # The other box: its own master key, no keys, the backup from a stick.
    stick = shutil.copy(backup, tmp_path / "stick.db")
    shutil.rmtree(shop.edged.state)
    shop.edged.state.mkdir(mode=0o700)
    key = shop.folder / "vault-key"
    key.write_bytes(os.urandom(32))
    restore(shop, stick, "--yes")
    shop.edged.start()
    tablet.done("clerk.signIn", badge="B-100", pin="1234")
    seen = tablet.ask("pickup.get", order=order)["result"]
    assert seen["state"] == "ready" and "name" not in seen and seen["contactUnreadable"] is True
    assert tablet.ask("pickup.find", query="Quetz")["result"]["pickups"] == []
    by_facts = {"method": "identityShown", "facts": ["name", "phoneLast4"]}
    problem = tablet.refused("pickup.handOver", "pickup.contactUnreadable", order=order, clerk="ada", proof=by_facts)
    assert "have headquarters send the order again" in problem["detail"]
    told = subprocess.run(
        [program("edgectl"), "explain", order], capture_output=True, text=True, timeout=30,
        env={**os.environ, "EDGED_SOCKET": str(shop.edged.socket), "LC_ALL": "C.UTF-8"}).stdout
    assert "not known on this box" in told, told
    shop.headquarters.place(order, {"SKU-1": 1}, CODE, customer=CUSTOMER)
    shop.headquarters.wait_fed("orders")
    seen = tablet.ask("pickup.get", order=order)["result"]
    assert seen["name"] == "Z. Q***" and "contactUnreadable" not in seen
    assert shop.edged.stock("SKU-1")["owed"] == 1, "an order counts once"
    tablet.done("pickup.handOver", order=order, clerk="ada", proof=by_facts)
