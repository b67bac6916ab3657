"""Words that devices make up themselves: what is kept of them, and what a technician's terminal gets of it."""

import json
import subprocess
import uuid

from shop.processes import program, wait_until


def edgectl(shop, *words):
    done = subprocess.run(
        [program("edgectl"), *words, "--socket", shop.edged.socket, "--language", "en"], timeout=60,
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_no_word_of_a_device_gives_a_terminal_orders_and_however_many_fit_an_answer(shop):
    till = shop.device("till-1")
    title = "x\x1b]0;PWNED\x07"
    wanted = str(uuid.uuid4())
    till.publish("", json.dumps({"id": wanted, "verb": title}))
    for number in range(520):
        verb = "\x1b" * 64 if number % 2 else "v" * 64
        till.publish("", json.dumps({"id": str(uuid.uuid4()), "verb": verb}))
    till.publish("", json.dumps({"id": str(uuid.uuid4()), "verb": title}))
    wait_until(lambda: shop.edged.control(command="trace.read", limit=1)["result"]["latest"] >= 522, 30, "all being heard")
    lines = [line for line in edgectl(shop, "trace", "--limit", "512").splitlines() if "till-1" in line]
    assert len(lines) == 512 and sum("  …  " in line for line in lines) >= 256, lines[:4]
    told = edgectl(shop, "trace", "--limit", "512", "--format", "json").splitlines()
    rows = [json.loads(line) for line in told]
    assert len(rows) == 512 and rows[-1]["verb"] == "…"
    assert [row["row"] for row in rows] == list(range(rows[0]["row"], rows[0]["row"] + 512))
    for words in (["trace", "till-1"], ["explain", wanted], ["watch", "--once"], ["device", "show", "till-1"]):
        page = edgectl(shop, *words)
        assert "\x1b" not in page and "\x07" not in page and "PWNED" not in page, (words, page)
