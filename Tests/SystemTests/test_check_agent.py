"""What may be wrong with the agent itself, in a whole shop: each is made for real, and is all that the ladder names."""

import json
import pathlib
import signal
import subprocess
import time
import uuid

import pytest

from shop.freeze import frozen
from shop.processes import REPOSITORY, program, wait_until
from shop.whole_shop import OF_THE_AGENT, UNMEASURED, skipped


@pytest.fixture(scope="module")
def shop(whole_shop):
    return whole_shop


def reload(shop):
    """Has the agent read its configuration again, and waits until it has, well or badly."""
    before = shop.edged.process.said().count("configuration.re")
    shop.edged.process.child.send_signal(signal.SIGHUP)
    wait_until(lambda: shop.edged.process.said().count("configuration.re") > before, 20, "the configuration being read")


def test_a_change_that_waits_for_a_restart_is_named(shop):
    groups = shop.edged.configuration["headquarters"]["groups"] if "groups" in shop.edged.configuration["headquarters"] else []
    shop.edged.configuration["headquarters"]["groups"] = ["north"]
    shop.edged.write_configuration()
    reload(shop)
    try:
        rung = shop.whole().names_only("agent.configuration", "agent.restartPending")
        assert "headquarters.groups" in rung["detail"] and "restart" in rung["mend"]
    finally:
        shop.edged.configuration["headquarters"]["groups"] = groups
        shop.edged.write_configuration()
        reload(shop)
    shop.whole().is_fine(*UNMEASURED)


def test_a_reload_that_was_refused_is_named_with_its_reason(shop):
    secret = shop.edged.configuration["devices"]["passwordFile"]
    shop.edged.configuration["devices"]["passwordFile"] = "/nowhere/password"
    shop.edged.write_configuration()
    try:
        reload(shop)
    finally:
        shop.edged.configuration["devices"]["passwordFile"] = secret
        shop.edged.write_configuration()
    # The file is right again, and nobody has told the agent so.
    rung = shop.whole().names_only("agent.configuration", "agent.reloadRefused")
    assert "/nowhere/password" in rung["cause"]
    reload(shop)
    shop.whole().is_fine(*UNMEASURED)


def test_a_file_that_is_wrong_and_was_refused_is_told_once(shop):
    text = shop.edged.file.read_text()
    shop.edged.file.write_text(text.replace('"stateDirectory"', '"stateDirectoyr"'))
    try:
        reload(shop)
        report = shop.check(None, "--socket", shop.edged.socket)
    finally:
        shop.edged.file.write_text(text)
        reload(shop)
    report.names_only("configuration.file", "configuration.invalid")


def test_an_agent_that_listens_elsewhere_is_told_from_one_that_does_not_run(shop):
    text = shop.edged.file.read_text()
    shop.edged.file.write_text(text.replace("control.sock", "elsewhere.sock"))
    try:
        report = shop.whole()
    finally:
        shop.edged.file.write_text(text)
    rung = report.names_only("agent.running", "agent.noSocket")
    assert str(shop.edged.process.child.pid) in rung["detail"] and "elsewhere.sock" in rung["detail"]
    assert skipped(report) == dict.fromkeys(OF_THE_AGENT, "agent.running")


def test_an_agent_whose_ear_is_stuck_is_silent(shop):
    # The thread of the control socket is the one that was not given a name of its own.
    with frozen(shop.edged.process.child.pid, "edged", number=1):
        report = shop.whole()
    rung = report.names_only("agent.running", "agent.silent")
    assert str(shop.edged.process.child.pid) in rung["detail"]
    assert skipped(report) == dict.fromkeys(OF_THE_AGENT, "agent.running")


def test_commits_that_were_slow_are_named_although_the_disk_is_quick_now(shop, tmp_path):
    library, slow = tmp_path / "slowsync.so", tmp_path / "slow"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, REPOSITORY / "Tests/SystemTests/bench/slowsync.c"],
                   check=True, timeout=60)
    before = dict(shop.edged.process.environment)
    shop.edged.stop()
    shop.edged.process.environment = {
        **before, "LD_PRELOAD": f"{library} {before['LD_PRELOAD']}", "SYNC_HANGS_WHILE": str(slow)}
    shop.edged.start()
    shop.wait_line()
    try:
        assert shop.reserve("SKU-1")["outcome"] == "done"
        shop.whole().is_fine(*UNMEASURED)
        slow.touch()
        message = {"id": str(uuid.uuid4()), "kind": "interest"}
        shop.scanner.publish("shop/v1/scanner-1/do/moment.record", json.dumps(message), qos=0)
        time.sleep(2.5)
        slow.unlink()
        wait_until(lambda: shop.health()["lastCommit"]["slowestMilliseconds1h"] >= 2_000, 20, "the slow commit being told")
        rung = shop.whole().names_only("agent.commit", "agent.slowCommits")
        assert rung["facts"]["slowestMilliseconds"] >= 2_000
    finally:
        shop.edged.stop()
        shop.edged.process.environment = before
        shop.edged.start()
        shop.wait_line()


def test_an_agent_of_another_release_than_the_tool_is_named(shop, tmp_path):
    # The program with another release's number in it, as a package leaves the running one behind.
    other = tmp_path / "edged"
    content = pathlib.Path(program("edged")).read_bytes()
    own = subprocess.run([program("edged"), "--version"], capture_output=True, timeout=20, check=True).stdout.split()[-1]
    earlier = b"0.0.9"
    assert len(own) == len(earlier) and own in content
    other.write_bytes(content.replace(own, earlier))
    other.chmod(0o755)
    usual = shop.edged.process.arguments[0]
    shop.edged.stop()
    shop.edged.process.arguments[0] = str(other)
    try:
        shop.edged.start()
        shop.wait_line()
        rung = shop.whole().names_only("agent.version", "agent.otherVersion")
        assert earlier.decode() in rung["detail"] and own.decode() in rung["detail"]
    finally:
        shop.edged.stop()
        shop.edged.process.arguments[0] = usual
        shop.edged.start()
        shop.wait_line()


def test_an_agent_that_dies_again_and_again_is_named(shop):
    for _ in range(10):
        shop.edged.kill()
        shop.edged.start(wait=False)
        shop.edged.process.wait_said("edged.ready", 30)
    shop.edged.wait_connected()
    shop.wait_line()
    rung = shop.whole().names_only("agent.running", "agent.diesOften")
    assert "10 times within the last hour" in rung["detail"]
