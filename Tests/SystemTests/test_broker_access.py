"""Who may say and hear what at the shop's broker: a table written here, against a real broker as it is installed.

What counts is the effect: what arrived, and where. What the broker answers is looked at beside it.
"""

import json

import pytest

from shop.processes import wait_until
from shop.secure_broker import CONTROL, SecureBroker

#: Every topic that is tried: each branch, each place in it, what only looks like one, and the broker's own.
DEVICES = ("scanner-7", "tablet-1", "till-1", "probe")
PLACES = ("", "/ask", "/ask/scan", "/ask/a/b", "/do/sale.record", "/reply", "/reply/7", "/show/card", "/presence", "/other")
TOPICS = [f"shop/v1/{device}{place}" for device in DEVICES for place in PLACES] + [
    "shop/v1/all/agent", "shop/v1/all/devices", "shop/v1/staff/queue", "shop/v1/staff/calls", "shop/v1/agent/reply",
    "shop/v1", "shop", "shop/v2/scanner-7/ask/scan", "shop/v1//ask/scan", "/shop/v1/scanner-7/ask/scan",
    "shop/v1/scanner-70/ask/scan", "shop/v1/Scanner-7/ask/scan", "SHOP/v1/scanner-7/ask/scan", "other", "scanner-7",
    "shop/v1/%u/ask/scan", "$SYS/broker/version", "$SYS/own", "$CONTROL/other/v1", "$CONTROL/dynamic-security/v2",
]

#: Every filter that is tried beside the topics themselves.
FILTERS = [
    "#", "+", "+/#", "/#", "shop/#", "shop/+/+/reply", "shop/v1/#", "shop/v1/+", "shop/v1/+/#", "shop/v1/+/reply",
    "shop/v1/+/reply/#", "shop/v1/+/ask/#", "shop/v1/+/do/#", "shop/v1/+/presence", "shop/v1/+/show/#", "shop/v1/all/#",
    "shop/v1/staff/#", "$SYS/#", "$SYS/broker/#", "$CONTROL/#", CONTROL + "/response", "$share/a/shop/v1/#",
    *(f"shop/v1/{device}/{branch}/#" for device in DEVICES for branch in ("ask", "do", "reply", "show")),
    *(f"shop/v1/{device}/#" for device in DEVICES), *(f"$share/a/shop/v1/{device}/reply" for device in DEVICES),
]


def own(device, *places):
    return {f"shop/v1/{device}{place}" for place in places}


SAYS_OWN = ("", "/ask", "/ask/scan", "/ask/a/b", "/do/sale.record", "/presence")
HEARS_OWN = ("/reply", "/reply/7", "/show/card", "/presence")
TO_ALL = {"shop/v1/all/agent", "shop/v1/all/devices"}
TO_STAFF = {"shop/v1/staff/queue", "shop/v1/staff/calls"}
#: What looks like the branch of a device that nobody enrolled: the agent listens to all branches and judges itself.
ODD_BRANCHES = {"shop/v1//ask/scan", "shop/v1/scanner-70/ask/scan", "shop/v1/Scanner-7/ask/scan", "shop/v1/%u/ask/scan"}

#: The table: account -> the topics whose message reaches a listener when this account says it.
SAYS = {
    "agent": {topic for device in DEVICES for topic in own(device, "/reply", "/reply/7", "/show/card")}
             | TO_ALL | TO_STAFF | {"shop/v1/agent/reply"},
    "scanner-7": own("scanner-7", *SAYS_OWN),
    "tablet-1": own("tablet-1", *SAYS_OWN),
    "till-1": own("till-1", *SAYS_OWN),
    "probe": own("probe", *SAYS_OWN),
    "technician": set(),
    "admin": set(),
}

#: The table: account -> what it hears when it asks for everything that it can think of and anybody says everything.
HEARS = {
    "agent": {topic for device in DEVICES for topic in own(device, *SAYS_OWN)} | ODD_BRANCHES,
    "scanner-7": own("scanner-7", *HEARS_OWN) | TO_ALL,
    "tablet-1": own("tablet-1", *HEARS_OWN) | TO_ALL | TO_STAFF,
    "till-1": own("till-1", *HEARS_OWN) | TO_ALL,
    "probe": own("probe", *HEARS_OWN) | TO_ALL,
    "technician": {topic for topic in TOPICS if topic.startswith("shop/v1/")} | {"shop/v1"},
    "admin": set(),
}


def device_filters(device):
    """The filters, of those tried, that a device is granted."""
    return {f"shop/v1/{device}/reply/#", f"shop/v1/{device}/show/#", "shop/v1/all/#"}


#: The table: account -> the filters of `FILTERS` that are granted.
GRANTED = {
    "agent": {"shop/v1/+", "shop/v1/+/ask/#", "shop/v1/+/do/#", "shop/v1/+/presence", CONTROL + "/response",
              *(f"shop/v1/{device}/{branch}/#" for device in DEVICES for branch in ("ask", "do"))},
    "scanner-7": device_filters("scanner-7"),
    "tablet-1": device_filters("tablet-1") | {"shop/v1/staff/#"},
    "till-1": device_filters("till-1"),
    "probe": device_filters("probe") | {"$SYS/broker/#"},
    "technician": {name for name in FILTERS if name.startswith("shop/v1/")} | {"$SYS/broker/#"},
    "admin": {"$SYS/broker/#", CONTROL + "/response"},
}
ACCOUNTS = sorted(SAYS)


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """A broker with three devices, and for these tests alone somebody who hears and says everything."""
    broker = SecureBroker(tmp_path_factory.mktemp("access")).prepare().start()
    admin = broker.client("admin")
    broker.enrol("scanner-7", by=admin)
    broker.enrol("till-1", by=admin)
    broker.enrol("tablet-1", staff=True, by=admin)
    everything = [{"acltype": kind, "topic": topic, "priority": 0, "allow": True}
                  for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")
                  for topic in ("#", "$SYS/#", "$CONTROL/#")]
    answers = admin.control(
        {"command": "createRole", "rolename": "test-everything", "acls": everything},
        {"command": "createRole", "rolename": "test-subscribe",
         "acls": [acl for acl in everything if acl["acltype"] == "subscribePattern"]},
        {"command": "createClient", "username": "ear", "password": "ear", "roles": [{"rolename": "test-everything"}]})
    assert not any("error" in answer for answer in answers), answers
    yield broker
    broker.stop()


def account(broker, name, version):
    return broker.client(name, None if name in ("agent", "admin", "technician", "probe") else "secret", version=version)


def listen(client):
    for name in ("#", "$SYS/own/#", "$CONTROL/#"):
        assert client.subscribe(name)
    return client


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_each_account_says_arrives_where_the_table_has_it_and_nowhere_else(broker, name, version):
    ear = listen(broker.client("ear", "ear"))
    speaker = account(broker, name, version)
    assert speaker.is_in, speaker.answer
    mark = f"says-{name}-{version}-".encode()
    answers = {topic: speaker.publish(topic, mark + topic.encode()) for topic in TOPICS}
    end = broker.client("ear", "ear")
    end.publish("end", mark + b"end")
    ear.wait_heard(mark + b"end")
    assert ear.topics(mark) - {"end"} == SAYS[name]
    if version == 5:
        # MQTT 5 says so; 3.1.1 has no word for it.
        assert {topic for topic, isAllowed in answers.items() if isAllowed} == SAYS[name]
    for client in (ear, end, speaker):
        client.stop()


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_each_account_hears_is_what_the_table_has_however_it_asks(broker, name, version):
    listener = account(broker, name, version)
    for topic in TOPICS:
        listener.subscribe(topic)
    granted = {name for name in FILTERS if listener.subscribe(name)}
    assert granted == GRANTED[name]
    assert heard_of_everything(broker, listener, name, version) == HEARS[name]
    listener.stop()


@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_subscription_that_should_not_be_there_delivers_nothing_more(broker, name):
    """The second lock: hearing is judged at each delivery, whatever was once subscribed."""
    # Not by the admin: whoever's roles change is disconnected, himself too.
    admin = broker.client("ear", "ear")
    assert "error" not in admin.control(
        {"command": "addClientRole", "username": name, "rolename": "test-subscribe"})[0]
    try:
        listener = account(broker, name, 5)
        assert listener.subscribe("#"), "the role of this test grants every subscription"
        assert heard_of_everything(broker, listener, name, "wide") == HEARS[name]
        listener.stop()
    finally:
        admin.control({"command": "removeClientRole", "username": name, "rolename": "test-subscribe"})
        admin.stop()


def heard_of_everything(broker, listener, name, version):
    """Says something on every topic as one who may, and returns where `listener` heard it."""
    speaker = broker.client("ear", "ear")
    mark = f"hears-{name}-{version}-".encode()
    for topic in TOPICS:
        speaker.publish(topic, mark)
    # What was said last is heard last. The box's own accounts have a topic of their own for that.
    last = {"agent": "shop/v1/probe/presence", "admin": None, "technician": "shop/v1/probe/presence"}
    topic = last.get(name, f"shop/v1/{name}/presence")
    if topic is None:
        listener.control({"command": "listClients"})
    else:
        speaker.publish(topic, mark + b"end")
        listener.wait_heard(mark + b"end")
    speaker.stop()
    return listener.topics(mark)


@pytest.mark.parametrize("name", ["scanner-7", "tablet-1", "technician", "probe"])
def test_only_the_agent_and_the_admin_change_accounts(broker, name):
    intruder = account(broker, name, 4)
    intruder.subscribe(CONTROL + "/response")
    for command in ({"command": "createClient", "username": f"made-by-{name}", "password": "x"},
                    {"command": "addClientRole", "username": name, "rolename": "admin"},
                    {"command": "setDefaultACLAccess", "acls": [{"acltype": "publishClientSend", "allow": True}]}):
        intruder.publish(CONTROL, json.dumps({"commands": [command]}))
    admin = broker.client("admin")
    clients, access = admin.control({"command": "listClients", "verbose": True}, {"command": "getDefaultACLAccess"})
    names = {client["username"]: client for client in clients["data"]["clients"]}
    assert f"made-by-{name}" not in names
    assert "admin" not in [role["rolename"] for role in names[name]["roles"]]
    allowed = {acl["acltype"]: acl["allow"] for acl in access["data"]["acls"]}
    assert allowed == {"publishClientSend": False, "publishClientReceive": False, "subscribe": False, "unsubscribe": True}
    assert not intruder.topics(b"")
    intruder.stop()
    admin.stop()


def test_a_will_and_a_retained_message_have_no_more_rights_than_their_sender(broker):
    ear = listen(broker.client("ear", "ear"))
    for topic in ("shop/v1/till-1/do/sale.record", "shop/v1/scanner-7/presence"):
        vanishing = broker.client("scanner-7", "secret", will=(topic, b"will", 1, True), version=4)
        vanishing.client.socket().shutdown(2)
        wait_until(vanishing.ended.is_set, 15, "the broken connection")
    scanner = broker.client("scanner-7", "secret", version=4)
    scanner.publish("shop/v1/all/agent", b"forged", retain=True)
    ear.wait_heard(b"will")
    ear.client.publish("end", b"will-end", qos=1)
    ear.wait_heard(b"will-end")
    assert ear.topics(b"will") == {"shop/v1/scanner-7/presence", "end"}
    late = listen(broker.client("ear", "ear"))
    assert late.topics(b"forged") == set()
    for client in (scanner, ear, late):
        client.stop()


@pytest.mark.parametrize("user", ["+", "#", "$SYS", "a/b", "", "all", "staff", "%u", "scanner-7/ask"])
def test_a_name_with_signs_of_topics_in_it_reaches_nothing_but_what_its_roles_say(broker, user):
    """mosquitto takes any name. No topic of ours is made from a name by the broker, so a strange one means nothing."""
    admin = broker.client("admin")
    assert "error" not in admin.control(
        {"command": "createClient", "username": user, "password": "odd", "roles": [{"rolename": "device"}]})[0]
    try:
        ear = listen(broker.client("ear", "ear"))
        odd = broker.client(user, "odd", version=5)
        if odd.is_in:
            for topic in TOPICS:
                odd.subscribe(topic)
                odd.publish(topic, b"odd-" + user.encode())
            for name in FILTERS:
                odd.subscribe(name)
            assert heard_of_everything_as_odd(broker, odd) == TO_ALL
        ear.client.publish("end", b"odd-end", qos=1)
        ear.wait_heard(b"odd-end")
        assert ear.topics(b"odd-") == {"end"}
        odd.stop()
        ear.stop()
        # The broker does not start again with such a name: it is nobody's device, and somebody put it there.
        if any(sign in user for sign in "+#/$") or not user:
            done = broker.access("check")
            assert done.returncode == 78, done
            assert (json.dumps(user) if user else "no user name") in done.stderr
    finally:
        admin.control({"command": "deleteClient", "username": user})
        admin.stop()


def heard_of_everything_as_odd(broker, odd):
    speaker = broker.client("ear", "ear")
    for topic in TOPICS:
        speaker.publish(topic, b"to-odd")
    speaker.publish("shop/v1/all/agent", b"to-odd-end")
    odd.wait_heard(b"to-odd-end")
    speaker.stop()
    return odd.topics(b"to-odd")


def test_nobody_comes_in_without_his_own_name_and_password(broker):
    refused = [(None, None), ("", ""), ("scanner-7", ""), ("scanner-7", None), ("scanner-7", "wrong"), ("agent", "secret"),
               ("nobody", "secret"), ("SCANNER-7", "secret"), ("scanner-7\x00", "secret"), ("scanner-7 ", "secret")]
    for version in (4, 5):
        for user, password in refused:
            try:
                client = broker.client(user, password if user != "agent" else "wrong", version=version)
            except ValueError:
                continue
            assert not client.is_in, f"{user!r} with {password!r} came in by MQTT {version}"
            client.stop()
        assert account(broker, "scanner-7", version).is_in


def test_a_revoked_device_is_cut_off_at_once(broker):
    admin = broker.client("admin")
    broker.enrol("scanner-9", by=admin)
    device = broker.client("scanner-9", "secret")
    assert device.publish("shop/v1/scanner-9/ask/scan", b"x")
    admin.control({"command": "deleteClient", "username": "scanner-9"})
    wait_until(device.ended.is_set, 15, "the end of the revoked session")
    assert not broker.client("scanner-9", "secret").is_in
    admin.stop()


def test_accounts_come_and_go_and_nobody_else_is_thrown_out(broker):
    """With a memory_limit, 2.0.11 believes after a few of these that no memory is left, and answers nobody any more."""
    bystander, admin = account(broker, "till-1", 5), broker.client("admin")
    for number in range(20):
        broker.enrol(f"scanner-{100 + number}", by=admin)
        assert "error" not in admin.control({"command": "deleteClient", "username": f"scanner-{100 + number}"})[0]
    assert bystander.publish("shop/v1/till-1/ask/scan", b"still here")
    assert not bystander.ended.is_set() and not admin.ended.is_set()
