"""The table of figures, each beside the floor of the same run and the target to design for (DESIGN §12)."""

import json


class Figures:
    """Figures as they come in."""

    def __init__(self):
        self.rows = []

    def add(self, name, measured, unit, floor=None, ratio=None, target=None, met=None):
        """A figure; `ratio` is what the target speaks of when it is not the measured value itself."""
        self.rows.append({"figure": name, "measured": measured, "unit": unit, "floor": floor, "ratio": ratio,
                          "target": target, "met": met})

    def against(self, name, measured, unit, floor, at_most=None, at_least=None):
        """A figure whose ratio to the floor is what counts."""
        ratio = measured / floor if floor else None
        if at_most is None and at_least is None:
            return self.add(name, measured, unit, floor, ratio)
        met = ratio is not None and (ratio <= at_most if at_most is not None else ratio >= at_least)
        sign = f"<= {at_most}x" if at_most is not None else f">= {at_least}x"
        self.add(name, measured, unit, floor, ratio, sign, met)

    def bounded(self, name, measured, unit, at_most=None, at_least=None, floor=None):
        """A figure that counts by itself."""
        met = measured <= at_most if at_most is not None else measured >= at_least
        sign = f"<= {at_most} {unit}" if at_most is not None else f">= {at_least} {unit}"
        self.add(name, measured, unit, floor, None, sign, met)

    def print(self):
        def number(value):
            if value is None:
                return "-"
            return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"

        heads = ("figure", "measured", "floor", "ratio", "target", "met")
        lines = [
            (row["figure"], f"{number(row['measured'])} {row['unit']}".rstrip(), number(row["floor"]),
             number(row["ratio"]), row["target"] or "-", {True: "yes", False: "NO", None: ""}[row["met"]])
            for row in self.rows]
        widths = [max(len(line[column]) for line in [heads, *lines]) for column in range(len(heads))]
        print()
        for line in [heads, tuple("-" * width for width in widths), *lines]:
            cells = [cell.ljust(width) if column in (0, 4, 5) else cell.rjust(width)
                     for column, (cell, width) in enumerate(zip(line, widths))]
            print("  ".join(cells).rstrip())
        judged = [row for row in self.rows if row["met"] is not None]
        print(f"\n{sum(row['met'] for row in judged)} of {len(judged)} targets met\n")

    def json(self, **more):
        def rounded(value):
            return round(value, 3) if isinstance(value, float) else value

        return json.dumps({**more, "figures": [{name: rounded(value) for name, value in row.items()}
                                                for row in self.rows]}, separators=(",", ":"))
