"""The metrics file is Prometheus' text format, and the dashboard and the alert rules ask for what is in it."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from conftest import PRODUCTS
from shop.processes import REPOSITORY, wait_until

DASHBOARD = REPOSITORY / "systemd/grafana/edged.json"
#: Prometheus' own judge; `devices/demo/setup.sh tests` puts it beside the Python packages.
PROMTOOL = shutil.which("promtool") or str(pathlib.Path(sys.prefix) / "bin/promtool")
RULES = REPOSITORY / "systemd/prometheus/edged.rules.yml"


@pytest.fixture
def measured(new_shop, tmp_path):
    """A shop that did a little of everything, and its metrics file."""
    file = tmp_path / "edged.prom"
    shop = new_shop(metrics={"file": str(file)}).open(units=10)
    tablet, scanner, till = shop.device("tablet-1"), shop.device("scanner-1"), shop.device("till-1")
    for _ in range(5):
        scanner.card(PRODUCTS["SKU-1"])
    tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 3}])
    tablet.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-1", "quantity": 30}])
    till.done("sale.record", lines=[
        {"till": "till-1", "ticket": "1", "line": 1, "kind": "sale", "sku": "SKU-2", "quantity": 1}])
    shop.edged.wait_drained()
    return shop, file


def families(file):
    """What a scrape of the file gives: samples by family, strictly read."""
    found = {}
    for family in text_string_to_metric_families(file.read_text()):
        assert family.name not in found, f"{family.name} stands there twice"
        found[family.name] = family
    return found


def value(file, name, **labels):
    for family in families(file).values():
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return None


def wait_value(file, name, wanted, seconds=40, **labels):
    wait_until(
        lambda: file.exists() and value(file, name, **labels) == wanted, seconds, f"{name}{labels} being {wanted}",
        every=0.2)


def test_the_file_is_well_formed_and_tells_what_happened(measured):
    shop, file = measured
    wait_value(file, "edged_messages_total", 1, kind="command", outcome="refused")
    wait_value(file, "edged_outbox_events", 0, lane="orders", state="pending")
    for name, family in families(file).items():
        assert name.startswith("edged_") and family.documentation and family.type in ("counter", "gauge", "histogram")
        assert not re.search(r"(milli|micro)seconds|kilobytes|_ms$", name), f"{name} is not in base units"
        assert not any(sample.timestamp for sample in family.samples), "the collector refuses timestamps"
    assert value(file, "edged_up") == 1 and value(file, "edged_build_info", contract="v1", shop="S1") == 1
    assert value(file, "edged_refusals_total", code="stock.short") == 1
    assert value(file, "edged_messages_total", kind="question", outcome="done") >= 5
    assert value(file, "edged_scan_duration_seconds_count") == 5
    assert value(file, "edged_commit_duration_seconds_count") > 0
    assert value(file, "edged_reservations_held") == 1 and value(file, "edged_stock_lines") == len(PRODUCTS)
    assert value(file, "edged_broker_connected", link="headquarters") == 1
    assert value(file, "edged_feed_sequence", feed="stock", scope="shop") > 0
    assert abs(value(file, "edged_start_time_seconds") - time.time()) < 600
    assert value(file, "edged_storage_free_bytes") > 0 and value(file, "edged_unclean_stops") == 0
    assert file.stat().st_mode & 0o777 == 0o644, "node_exporter is another user"
    assert not list(file.parent.glob("*.new"))


def test_a_line_that_goes_down_is_in_the_file_soon_and_a_stop_leaves_no_old_numbers(measured):
    shop, file = measured
    wait_value(file, "edged_broker_connected", 1, link="headquarters")
    shop.line.stop()
    wait_value(file, "edged_broker_connected", 0, seconds=14, link="headquarters")
    shop.device("tablet-2").done("reservation.place", lines=[{"sku": "SKU-5"}])
    wait_until(lambda: value(file, "edged_outbox_events", lane="orders", state="pending") > 0, 40, "what waits")
    shop.edged.stop()
    assert value(file, "edged_up") == 0 and list(families(file)) == ["edged_up"]
    shop.line.start()


def test_a_file_that_cannot_be_written_is_told_and_stops_nothing(new_shop, tmp_path):
    shop = new_shop(metrics={"file": str(tmp_path / "nowhere" / "edged.prom")}).open(units=1)
    shop.edged.process.wait_said("metrics.notWritten", 30)
    shop.device("tablet-1").done("reservation.place", lines=[{"sku": "SKU-1"}])


def expressions():
    """Every expression of the dashboard and of the rules, with where it stands."""
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"panel {panel['title']}", target["expr"]

    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            yield f"rule {rule.get('alert') or rule.get('record')}", rule["expr"]


def test_dashboard_and_rules_ask_for_metrics_that_are_written_and_for_labels_that_they_have(measured):
    shop, file = measured
    wait_value(file, "edged_messages_total", 1, kind="command", outcome="refused")
    samples = {}
    for family in families(file).values():
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample.labels)
    asked = 0
    for place, expression in expressions():
        names = set(re.findall(r"\b(edged_[a-z0-9_]+)", expression))
        assert names or "node_" in expression, f"{place} asks for nothing of ours: {expression}"
        for name in names:
            assert name in samples, f"{place} asks for {name}, which is not written"
            asked += 1
        for name, matchers in re.findall(r"\b(edged_[a-z0-9_]+)\{([^}]*)\}", expression):
            for label, text in re.findall(r'(\w+)="([^"]*)"', matchers):
                if "$" in text:
                    continue
                assert any(labels.get(label) == text for labels in samples[name]), (
                    f"{place}: no {name} has {label}={text}")
        for labels in re.findall(r"\bby \(([^)]*)\)", expression):
            for label in re.split(r",\s*", labels):
                assert label in {"le", "instance", "job"} or any(
                    label in of for name in names for of in samples[name]), f"{place} sums by {label}"
    assert asked > 20


def test_the_dashboard_is_one_that_grafana_imports():
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["uid"] and dashboard["title"] and dashboard["schemaVersion"] >= 36
    identities = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(identities)) == len(identities)
    for panel in dashboard["panels"]:
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24
        if panel["type"] != "row":
            assert panel["targets"] and panel["datasource"]["uid"] == "${source}"
            assert panel.get("description"), f"{panel['title']} does not say what to do about it"


def test_promtool_finds_nothing_wrong(measured):
    shop, file = measured
    wait_value(file, "edged_up", 1)
    with open(file, "rb") as metrics:
        run = subprocess.run([PROMTOOL, "check", "metrics"], stdin=metrics, capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stdout + run.stderr
    run = subprocess.run([PROMTOOL, "check", "rules", RULES], capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_alert_says_what_it_means_and_how_it_is_mended():

    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
            assert rule["annotations"]["summary"] and "edgectl" in rule["annotations"]["mend"], rule["alert"]
