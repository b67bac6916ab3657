"""Who acts as this shop, in headquarters' own words: the reference headquarters tells boxes apart, and the ladder names them."""

import shutil
import subprocess

import pytest

from conftest import PRODUCTS, product
from shop.edge_hq import EdgeHQ
from shop.processes import program, wait_until
from shop.whole_shop import UNMEASURED, WholeShop


class Shop(WholeShop):
    """A shop under the reference headquarters."""

    def headquarters_at(self, port):
        return EdgeHQ(self.folder, port)

    def supply(self):
        self.headquarters.load([{"feed": "catalogue", **product("SKU-1", [PRODUCTS["SKU-1"]])}])
        self.headquarters.load([{"feed": "stock", "shop": "S1", "entry": {
            "type": "delta", "sku": "SKU-1", "quantity": 10, "cause": "opening", "share": 6}}])
        wait_until(lambda: self.edged.control(command="stock.show", sku="SKU-1")["outcome"] == "done", 30, "the stock")

    def sees(self):
        """What headquarters says of this box."""
        answer = self.edged.control(command="hq.ping")
        return answer.get("result", {}).get("headquarters", {}).get("sees", {})


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("shop"))
    try:
        shop.wait_line()
        shop.supply()
        shop.scanner_comes()
        shop.back_up()
        yield shop
    finally:
        shop.close()


def test_a_box_that_headquarters_sees_alone_is_fine(shop):
    shop.whole().is_fine(*UNMEASURED)


def test_a_box_that_was_restored_is_not_another_one(shop):
    backup = sorted((shop.edged.state / "backups").glob("*.db"))[-1]
    before = shop.sees()["instance"]
    shop.edged.stop()
    subprocess.run(
        [program("edgectl"), "restore", backup, "--yes", "--config", shop.edged.file, "--edged", program("edged")],
        check=True, capture_output=True, timeout=60)
    shop.edged.start()
    shop.wait_line()
    other = wait_until(lambda: shop.sees().get("otherInstance"), 20, "headquarters remembering the box as it was")
    assert other["instance"] == before and other["isFormerSelf"]
    assert shop.check("hq")["hq.identity"]["verdict"] == "fine"


def test_a_box_that_was_replaced_and_the_one_in_its_place_are_told_apart(shop):
    state, former = shop.edged.state, shop.folder / "former"
    shop.edged.stop()
    shutil.move(state, former)
    state.mkdir()
    shop.edged.start()
    shop.wait_line()
    shop.back_up()
    rung = shop.whole().names_only("hq.identity", "headquarters.otherBox")
    assert shop.sees()["otherInstance"]["instance"] in rung["detail"]
    # The old one is switched on again in the new one's place.
    shop.edged.stop()
    shutil.move(state, shop.folder / "later")
    shutil.move(former, state)
    shop.edged.start()
    shop.wait_line()
    rung = shop.whole().names_only("hq.identity", "headquarters.fenced")
    assert "promise nothing" in rung["detail"]
    findings = shop.edged.control(command="status")["result"]["findings"]
    assert "finding.fenced" in [finding["code"] for finding in findings], findings
