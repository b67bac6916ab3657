"""A clock that is years off without a line: it is told first, and all that only seems to be over for it is not told.

The tool, and with it openssl, has its clock shifted by faketime; the machine's own is never touched.
"""

import pytest

from shop.whole_shop import UNMEASURED

#: Files keep the time that they are of.
BACK = ("env", "TEST_CLOCK=free", "NO_FAKE_STAT=1", "faketime", "--exclude-monotonic", "-f", "-400d")


@pytest.fixture(scope="module")
def shop(whole_shop):
    return whole_shop


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_clock_that_is_behind_the_boxs_programs_is_told_before_certificates(shop, language):
    shop.box.time_server(is_silent=True)
    try:
        report = shop.whole(before=BACK, language=language)
    finally:
        shop.box.time_server()
    assert {name for name, rung in report.rungs.items() if rung["verdict"] == "fault"} == {"clock.jump"}, report.raw
    rung = report["clock.jump"]
    assert rung["code"] == "clock.behind" and rung["facts"]["millisecondsBehind"] > 390 * 86_400_000
    assert "timedatectl set-time" in rung["mend"]
    for name in ("clock.battery", "hq.tls", "certificates.headquarters", "certificates.devices.ca"):
        assert report[name].get("because") == "clock.jump", report[name]
    # What nobody answers is said as well: why it is wrong.
    assert set(report.troubles) - {"clock.jump"} <= {"clock.ntp", "clock.synchronised"}, report.raw


def test_the_same_box_is_fine_once_its_clock_is_right(shop):
    shop.whole().is_fine(*UNMEASURED)
