"""What must be true of any ledger at rest, whatever happened before: read from a stopped agent's database."""


def audit(database):
    """Checks the invariants of DESIGN §5, §7 and §8; returns the on-hand units by SKU."""
    holders = {row["id"]: row["name"] for row in database.execute("SELECT id, name FROM holder")}
    on_hand = {}
    columns = ("onHand", "inspection", "damaged", "display", "missing", "holds", "owed")
    for line in database.execute("SELECT * FROM stock"):
        sku = line["sku"]
        on_hand[sku] = line["onHand"]
        sums = database.execute(
            f"SELECT {', '.join(f'COALESCE(SUM({c}), 0) AS {c}' for c in columns)} FROM journal WHERE sku = ?",
            (sku,)).fetchone()
        for column in columns:
            assert sums[column] == line[column], (
                f"{sku}: the journal's {column} adds up to {sums[column]}, the line says {line[column]}")
        rights = {}
        for row in database.execute("SELECT giver, taker, units FROM rights WHERE stock = ?", (line["id"],)):
            rights[row["giver"], row["taker"]] = row["units"]
        total = sum(units for (_, taker), units in rights.items() if taker == 0)
        total -= sum(units for (_, taker), units in rights.items() if taker == -1)
        unsellable = line["inspection"] + line["damaged"] + line["display"] + line["missing"]
        assert line["onHand"] - unsellable - line["owed"] == total, (
            f"{sku}: {line['onHand']} on hand, {unsellable} unsellable, {line['owed']} owed, but rights are {total} "
            f"({rights}, {holders})")
        locked = database.execute(
            "SELECT COALESCE(SUM(l.locked), 0) FROM reservationLine l JOIN reservation r ON r.id = l.reservation "
            "WHERE l.sku = ? AND r.isOpen = 1", (sku,)).fetchone()[0]
        assert locked == line["holds"], f"{sku}: open reservations lock {locked}, the line holds {line['holds']}"
        assert line["holds"] >= 0 and line["owed"] >= 0, f"{sku}: {dict(line)}"
    for subject in database.execute(
            "SELECT subject, incarnation, COUNT(*) AS count, MIN(subjectSequence) AS least, "
            "MAX(subjectSequence) AS most FROM outbox GROUP BY subject, incarnation"):
        assert subject["least"] == 1 and subject["count"] == subject["most"], f"numbers of {dict(subject)} have a gap"
    return on_hand
