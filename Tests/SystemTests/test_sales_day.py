"""A day of the till is replayed, and the stock at its end equals the plain sum.

SALES=FILE names a CSV (time, invoice, stockCode, description, quantity, unitPricePence, customer; `.gz` too) of real
sales. Without it a day of 3,000 lines of our own making is replayed, with returns and lines that are told twice.
"""

import csv
import gzip
import os
import random

from conftest import product
from shop.audit import audit
from shop.codes import gtin

LINES_A_MESSAGE = 200


def real_sales(path):
    """The lines of a file: (invoice, code, description, quantity, price)."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        rows = [(row["invoice"], row["stockCode"].strip(), row["description"], int(row["quantity"]),
                 int(float(row["unitPricePence"] or 0))) for row in csv.DictReader(file)]
    assert rows, f"{path} has no lines"
    return rows


def made_sales():
    """A day that nobody had: 3,000 lines, some products far more popular than others, 5 % returns."""
    chance = random.Random(1815)
    rows = []
    invoice = 700_000
    while len(rows) < 3_000:
        invoice += 1
        for _ in range(min(chance.randint(1, 12), 3_000 - len(rows))):
            number = int(chance.paretovariate(0.7)) % 300
            quantity = -chance.randint(1, 3) if chance.random() < 0.05 else chance.randint(1, 12)
            rows.append((str(invoice), f"P{number}", f"Product {number}", quantity, 100 + number))
    return rows


def test_a_day_of_sales_ends_with_the_plain_sum(new_shop):
    path = os.environ.get("SALES")
    rows = real_sales(path) if path else made_sales()
    codes = list(dict.fromkeys(row[1] for row in rows))
    sku = {code: "".join(c for c in code if 0x20 < ord(c) < 0x7F and c not in "#+\"\\")[:40] + f"-{index}"
           for index, code in enumerate(codes)}
    label = {code: gtin(500_000 + index) for index, code in enumerate(codes)}
    names = {code: name or code for _, code, name, _, _ in rows}
    prices = {code: abs(price) for _, code, _, _, price in rows}
    opening = {code: 20 for code in codes}
    for _, code, _, quantity, _ in rows:
        opening[code] += max(0, quantity)

    shop = new_shop()
    shop.edged.start()
    shop.headquarters.feed("catalogue", [
        product(sku[code], [label[code]], name={"fr": names[code], "en": names[code]},
                price={"amount": prices[code], "currency": "GBP", "vatRate": 20}) for code in codes])
    shop.headquarters.stock({sku[code]: opening[code] for code in codes})
    shop.headquarters.wait_fed(seconds=120)

    scanner, tills = shop.device("scanner-1"), [shop.device("till-1"), shop.device("till-2")]
    for code in codes[:: max(1, len(codes) // 200)]:
        card = scanner.card(label[code])
        assert card["sku"] == sku[code] and card["availability"][0]["value"] == opening[code]

    expected = dict(opening)
    lines, numbers, recorded = [], {}, 0
    for invoice, code, _, quantity, price in rows:
        numbers[invoice] = numbers.get(invoice, 0) + 1
        expected[code] -= quantity
        if quantity:
            lines.append({
                "till": "T1", "ticket": invoice, "line": numbers[invoice], "kind": "sale" if quantity > 0 else "return",
                "gtin": label[code], "quantity": abs(quantity), "price": {"amount": abs(price), "currency": "GBP"}})
    for start in range(0, len(lines), LINES_A_MESSAGE):
        part = lines[start:start + LINES_A_MESSAGE]
        till = tills[start // LINES_A_MESSAGE % 2]
        result = till.done("sale.record", timeout=120, lines=part)
        assert [line["outcome"] for line in result["lines"]] == ["recorded"] * len(part), result
        recorded += len(part)
        if start // LINES_A_MESSAGE % 3 == 0:
            # The other till sends the end of it again, under an id of its own.
            again = tills[1 - start // LINES_A_MESSAGE % 2].done("sale.record", timeout=120, lines=part[-20:])
            assert {line["outcome"] for line in again["lines"]} == {"known"}
    assert recorded == len(lines) and (path or recorded >= 3_000)

    shop.edged.wait_drained(240)
    told = shop.headquarters.on_hand()
    assert len(shop.headquarters.of_type("store.sale.recorded")) == len(lines)
    shop.edged.stop()
    database = shop.edged.open_ledger()
    on_hand = audit(database)
    database.close()
    for code in codes:
        assert on_hand[sku[code]] == expected[code], (code, on_hand[sku[code]], expected[code])
        assert told[sku[code]] == expected[code], code
