"""A whole shop of which nothing of a box is missing: for `edgectl check` without `--only`, where each trouble is all that is named."""

from .processes import wait_until
from .secure_broker import Pages
from .secure_shop import SecureShop

#: What the machine that runs tests does not measure.
UNMEASURED = ("power.supply", "power.temperature")
#: What only an agent can tell.
OF_THE_AGENT = ("agent.version", "agent.configuration", "agent.commit", "agent.watchdog", "hq.echo", "hq.identity",
                "orders.oldest", "orders.parked", "lanes", "feeds.age", "feeds.readable", "rights.low")


class WholeShop(SecureShop):
    """A shop with the devices' pages before its broker and a backup of its ledger."""

    def __init__(self, folder, ago=0):
        super().__init__(folder, ago)
        self.pages = Pages(self.broker).start()
        site = self.box.root / "etc/nginx/sites-enabled"
        site.mkdir(parents=True)
        (site / "edged").symlink_to(self.pages.folder / "nginx.conf")

    def start_broker(self):
        """The broker comes back, and with it the agent and the scanner."""
        self.broker.start()
        wait_until(lambda: self.health()["shopBroker"]["connected"], 40, "the agent having its broker back")
        self.scanner_comes()

    def close(self):
        self.pages.stop()
        super().close()


def skipped(report):
    """Rungs that were not looked at, by the one that came first."""
    return {name: rung["because"] for name, rung in report.rungs.items() if rung["verdict"] == "skipped"}
