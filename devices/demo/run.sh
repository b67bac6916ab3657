#!/usr/bin/env bash
# A whole shop on loopback: two brokers, headquarters, the agent, and devices that are public clients. Ends with Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=${BIN:-.build/release}
run=${RUN:-.run} # relative to the top of the sources, or absolute
shop_port=${SHOP_PORT:-18831}
hq_port=${HQ_PORT:-18832}
stay=${STAY:-1} # 0: end after the show, for tests
pids=()

bold='' dim='' green='' red='' plain=''
if [[ -t 1 ]]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'; fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '  %s\n' "$*"; }
fail() {
    printf '%srun: %s%s\n' "$red" "$1" "$plain" >&2
    shift
    for line in "$@"; do printf '     %s\n' "$line" >&2; done
    exit 1
}

stop_all() {
    local count=${#pids[@]}
    trap - EXIT INT TERM
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    ((count)) && printf '\n%sEverything that was started is stopped. State stays in %s; FRESH=1 make run begins anew.%s\n' \
        "$dim" "$run" "$plain"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a program in the background, its output in a log of its own; `started` is its process id.
start() {
    local name=$1
    shift
    "$@" >>"$run/$name.log" 2>&1 9>&- &
    started=$!
    pids+=("$started")
}

# Waits until a command succeeds, ten seconds at most.
await() {
    local what=$1 log=$2
    shift 2
    for _ in $(seq 100); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "$what did not come up within 10 s." "Its log: $log" "$(tail -3 "$log" 2>/dev/null)"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
check_port() {
    port_is_free "$1" && return
    local who
    who=$(ss -Hltnp "sport = :$1" 2>/dev/null | grep -o 'users:(("[^"]*",pid=[0-9]*' | head -1 | sed 's/users:(("//; s/",pid=/, process /')
    fail "port $1 is taken${who:+ by $who}." "Stop it, or choose another: $2=… make run"
}

new_id() { cat /proc/sys/kernel/random/uuid; }

# A question or command of a device, as any MQTT 5 client sends it; the reply goes to `reply` and is shown in short.
device() {
    local from=$1 verb=$2 payload=$3 show=$4 branch=do
    case $verb in scan | *.get | *.list | *.find) branch=ask ;; esac
    reply=$(mosquitto_rr -V 5 -q 1 -p "$shop_port" -W 10 -i "demo-$from-$RANDOM" \
        -t "shop/v1/$from/$branch/$verb" -e "shop/v1/$from/reply" -m "$payload") ||
        fail "$from had no reply to $verb within 10 s." "The agent's log: $run/edged.log"
    local outcome
    outcome=$(jq -r .outcome <<<"$reply")
    if [[ $outcome == done ]]; then
        note "${green}✓${plain} $(printf '%-9s %-20s' "$from" "$verb") $(jq -r "$show" <<<"$reply")"
    else
        note "${red}✗${plain} $(printf '%-9s %-20s' "$from" "$verb") $(jq -r '"\(.problem.code): \(.problem.detail)"' <<<"$reply")"
    fi
}
command_of() { device "$1" "$2" "$(jq -c --arg id "$(new_id)" '{id: $id} + .' <<<"$3")" "$4"; }

card='.result | "\(.name.en): \(.price.amount / 100) \(.price.currency) · " + ([.availability[] | "\(.value) \(if .shop == "here" then "here" else "in " + .shop end)\(if .ageSeconds != null and .ageSeconds > 0 then " (\(.ageSeconds) s old)" else "" end)"] | join(", "))'

# A label as a customer sees it: printed by qrencode, read back by zbarimg, published by mosquitto_pub.
scan_label() {
    local gtin=$1 link read before
    link="https://id.shop.example/01/0$gtin"
    qrencode -o "$run/labels/$gtin.png" -s 6 "$link"
    read=$(zbarimg --quiet --raw "$run/labels/$gtin.png" 2>/dev/null)
    before=$(wc -l <"$run/scanner.log")
    mosquitto_pub -q 1 -p "$shop_port" -t shop/v1/scanner-7/ask/scan -m "$read"
    for _ in $(seq 100); do
        (($(wc -l <"$run/scanner.log") > before)) && break
        sleep 0.05
    done
    (($(wc -l <"$run/scanner.log") > before)) || fail "scanner-7 had no reply within 5 s." "The agent's log: $run/edged.log"
    note "${green}✓${plain} scanner-7 read $read"
    note "             $(tail -1 "$run/scanner.log" | jq -r "$card")"
}

headquarters() { "$bin/edge-hq" "$@" --socket "$run/hq.sock"; }
# Warnings, such as a clock that nobody synchronised, are for the reader's eyes and end nothing here (exit 2).
agent() { "$bin/edgectl" "$@" --socket "$run/control.sock" || (($? == 2)); }
start_hq_broker() {
    start hq-broker mosquitto -c "$run/hq-broker.conf"
    hq_broker=$started
    await "headquarters' broker" "$run/hq-broker.log" mosquitto_pub -p "$hq_port" -t demo/up -n
}
drained() { [[ $(agent status --format json | jq '[.lanes[].pending] | add') == 0 ]]; }

# --- set up -----------------------------------------------------------------------------------------------------------
for program in edged edgectl edge-hq; do
    [[ -x $bin/$program ]] || fail "$bin/$program is not there." "Build first: make build"
done
[[ ${FRESH:-} ]] && rm -rf "$run"
for port in "$shop_port" "$hq_port"; do
    [[ $port =~ ^[0-9]+$ ]] && ((port > 0 && port < 65536)) || fail "'$port' is no port." "Ports are 1 to 65535."
done
mkdir -p "$run"
exec 9>"$run/lock"
flock -n 9 || fail "a shop runs already in $run." "Stop it with Ctrl-C, or choose another folder: RUN=.run-two make run"
check_port "$shop_port" SHOP_PORT
check_port "$hq_port" HQ_PORT
mkdir -p "$run"/{state,hq,labels,shop-broker,hq-broker}
chmod 700 "$run"
rm -f "$run"/*.log
here=$run
[[ $run == /* ]] || here=$PWD/$run
for broker in shop hq; do
    port_name=${broker}_port
    cat >"$run/$broker-broker.conf" <<CONF
# The $broker broker of the demonstration: loopback only, so nobody has to log in. devices/broker has a shop's real one.
listener ${!port_name} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 256
max_queued_messages 10000
message_size_limit 262144
persistence true
persistence_location $here/$broker-broker/
log_dest stdout
log_type error
log_type warning
CONF
done
[[ -f $run/vault-key ]] || (umask 077 && head -c 32 /dev/urandom >"$run/vault-key")
cat >"$run/edged.json" <<CONF
{
  "shop": {"id": "S1", "timeZone": "Europe/Paris", "languages": ["en", "fr"]},
  "stateDirectory": "$here/state",
  "controlSocket": "$here/control.sock",
  "devices": {"host": "127.0.0.1", "port": $shop_port},
  "headquarters": {"host": "127.0.0.1", "port": $hq_port, "groups": ["fr"]},
  "vault": {"keyFile": "$here/vault-key"},
  "fleet": [
    {"id": "scanner-7", "family": "scanner", "screen": "screen-1"},
    {"id": "tablet-1", "family": "tablet"},
    {"id": "till-1", "family": "till"},
    {"id": "mirror-1", "family": "mirror"},
    {"id": "screen-1", "family": "screen"},
  ],
}
CONF
cat >"$run/hq.json" <<CONF
{
  "stateDirectory": "$here/hq",
  "controlSocket": "$here/hq.sock",
  "broker": {"host": "127.0.0.1", "port": $hq_port},
  "shops": [{"id": "S1", "groups": ["fr"]}, {"id": "S2", "groups": ["fr"]}, {"id": "S3", "groups": ["fr"]}],
}
CONF

title "Starting two brokers, headquarters and the agent"
start shop-broker mosquitto -c "$run/shop-broker.conf"
await "the shop's broker" "$run/shop-broker.log" mosquitto_pub -p "$shop_port" -t demo/up -n
start_hq_broker
start hq "$bin/edge-hq" serve --config "$run/hq.json"
await "headquarters" "$run/hq.log" headquarters status
start edged "$bin/edged" --config "$run/edged.json"
await "the agent" "$run/edged.log" agent status
note "shop's broker on port $shop_port, headquarters' on $hq_port, state and logs in $run/"
# A device says that it is there, and leaves a will that says when it is not.
mosquitto_sub -p "$shop_port" -t shop/v1/scanner-7/reply --will-topic shop/v1/scanner-7/presence --will-retain --will-qos 1 \
    --will-payload '{"state":"gone"}' >"$run/scanner.log" 2>/dev/null &
pids+=($!)
mosquitto_pub -p "$shop_port" -q 1 -r -t shop/v1/scanner-7/presence -m '{"state":"here"}'

# --- what headquarters knows ------------------------------------------------------------------------------------------
title "Headquarters sends assortment, stock, clerks and customers"
awk -f devices/demo/assortment.awk >"$run/assortment.csv"
if [[ ! -f $run/loaded ]]; then
    note "assortment: $(headquarters feed load --scope group/fr --csv "$run/assortment.csv" 2>&1 | tail -1)"
    # Twelve of everything, eight of them for this shop to promise; the rest headquarters may sell on the web.
    { echo "shop,sku,quantity,share"
      awk -F, 'NR > 1 { print "S1," $1 ",12,8" }' "$run/assortment.csv"; } >"$run/stock.csv"
    note "opening stock: $(headquarters feed load --opening "$run/stock.csv" 2>&1 | tail -1)"
    headquarters clerk add --scope shop/S1 --id clerk-12 --badge B-0012 --name "Alice Martin" --pin 4711 --role clerk >/dev/null
    headquarters clerk add --scope shop/S1 --id manager-1 --badge B-0001 --name "Paul Girard" --pin 2580 --role manager >/dev/null
    note "two clerks may sign in"
    until_tomorrow=$(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    week=$(jq -nc '[["mon", "tue", "wed", "thu", "fri", "sat", "sun"][] | {(.): [["09:30", "20:00"]]}] | add')
    note "customers, the neighbours' stock, opening hours: $(headquarters feed load - <<NDJSON 2>&1 | tail -1
{"feed":"customers","scope":"shop/S1","key":"C-1","value":{"cards":["L-00000001-D"],"name":"Marie Dupont","tier":"gold","consent":["advice"],"fields":{"sizes":"38","preferences":"linen, blue"},"expires":"$until_tomorrow"}}
{"feed":"network","scope":"shop/S1","key":"TEE-BLU-M","value":{"shops":[{"shop":"S2","quantity":4,"asOf":"$now"},{"shop":"S3","quantity":1,"asOf":"$now"}]}}
{"feed":"hours","scope":"group/fr","key":"weekly","value":$week}
NDJSON
    )"
    touch "$run/loaded"
else
    # A shop that was open before gets what the show sells.
    { echo "shop,sku,quantity,share"
      printf 'S1,%s,4,2\n' TEE-BLU-M DRE-RED-38 SCA-BLK SNE-WHT-40 SOC-BLK-39-42; } >"$run/delivery.csv"
    note "a delivery: $(headquarters feed load --opening "$run/delivery.csv" 2>&1 | tail -1)"
fi
await "the assortment in the shop" "$run/edged.log" bash -c \
    "mosquitto_rr -V 5 -q 1 -p $shop_port -W 5 -t shop/v1/till-1/ask/availability.get -e shop/v1/till-1/reply \
     -m '{\"id\":\"$(new_id)\",\"sku\":\"SNE-GRN-43\"}' | jq -e '.result.availability[0].value != null'"
note "$(wc -l <"$run/assortment.csv" | awk '{print $1 - 1}') products are in the shop"

# --- the day ----------------------------------------------------------------------------------------------------------
title "Labels: printed by qrencode, read back by zbarimg, published by mosquitto_pub"
scan_label 9521234500018
scan_label 9521234500148
title "A scan that goes wrong says what to do"
device scanner-7 scan '9521234500019' .
device scanner-7 scan 'éà-"é"à"éàààé' .

title "Reserve and collect, at a clerk's tablet and a till"
command_of tablet-1 clerk.signIn '{"badge":"B-0012","pin":"4711"}' '"\(.result.name) is signed in"'
command_of tablet-1 reservation.place '{"clerk":"clerk-12","customer":"C-1","lines":[{"sku":"TEE-BLU-M","quantity":2}]}' \
    '"\(.result.reservation) holds 2 until \(.result.until)"'
reservation=$(jq -r .result.reservation <<<"$reply")
command_of mirror-1 reservation.place '{"lines":[{"sku":"TEE-BLU-M","quantity":99}]}' .problem.code
command_of tablet-1 reservation.collect "{\"reservation\":\"$reservation\"}" '"in the customer'"'"'s hands, awaiting the till"'
ticket=$RANDOM$RANDOM
command_of till-1 sale.record \
    "{\"lines\":[{\"till\":\"till-1\",\"ticket\":\"$ticket\",\"line\":1,\"kind\":\"sale\",\"sku\":\"TEE-BLU-M\",\"quantity\":2}]}" \
    '"ticket \(.result.lines[0].outcome), shortfalls: \(.result.shortfalls | length)"'
command_of tablet-1 customer.get '{"card":"L-00000001-D"}' '"\(.result.name), \(.result.tier): \(.result.fields | tostring)"'

title "Click and collect: an order paid at headquarters, handed over here"
placed=$(headquarters order place --shop S1 --line DRE-RED-38=1 --line SCA-BLK=1 --customer-name "Jean Petit" \
    --phone-last4 4242 --format json)
order=$(jq -r .order <<<"$placed") code=$(jq -r .code <<<"$placed")
note "headquarters took order $order; the customer's code is $code"
await "the order in the shop" "$run/edged.log" bash -c \
    "mosquitto_rr -V 5 -q 1 -p $shop_port -W 5 -t shop/v1/tablet-1/ask/pickup.get -e shop/v1/tablet-1/reply \
     -m '{\"id\":\"$(new_id)\",\"order\":\"$order\"}' | jq -e '.outcome == \"done\"'"
state='"\(.result.order) is \(.result.state)"'
pickup() { command_of tablet-1 "pickup.$1" "$(jq -c --arg order "$order" '{order: $order, clerk: "clerk-12"} + .' <<<"${2:-{\}}")" "$state"; }

prepare() {
    pickup claim
    pickup accept
    pickup pick '{"sku":"DRE-RED-38"}'
    pickup pick '{"sku":"TEE-BLU-M"}'
    pickup pick '{"sku":"SCA-BLK"}'
    pickup stage '{"place":"shelf B4"}'
    pickup ready
}
prepare

title "The line goes down: headquarters' broker is stopped"
kill "$hq_broker"
wait "$hq_broker" 2>/dev/null || true
pickup handOver "{\"proof\":{\"code\":\"$code\"}}"
pickup handOver "{\"proof\":{\"code\":\"$code\"}}"
command_of tablet-1 reservation.place '{"lines":[{"sku":"SNE-WHT-40"}]}' '"\(.result.reservation) holds 1, the line is down"'
command_of till-1 sale.record \
    "{\"lines\":[{\"till\":\"till-1\",\"ticket\":\"$ticket-2\",\"line\":1,\"kind\":\"sale\",\"sku\":\"SOC-BLK-39-42\",\"quantity\":3}]}" \
    '"ticket recorded, the line is down"'
note "$(agent status --format json | jq '[.lanes[].pending] | add') events wait for headquarters"

title "The line is back: everything drains by itself"
start_hq_broker
for _ in $(seq 300); do drained && break; sleep 0.1; done
drained || fail "the outbox did not drain within 30 s." "See $run/edged.log and $run/hq.log"
note "nothing waits any more; headquarters' ledger: $(headquarters ledger --format json | jq -s '"\(length) events, each once in effect; none arrived more than \(map(.arrived) | max) time(s)"' -r)"

title "What the technician sees"
agent status
agent stock show TEE-BLU-M

title "Try it by hand"
note "mosquitto_rr -V 5 -p $shop_port -t shop/v1/scanner-7/ask/scan -e shop/v1/scanner-7/reply -m 9521234500018 | jq ."
note "$bin/edgectl --help; $bin/edge-hq --help; sockets: $run/control.sock, $run/hq.sock"
if [[ $stay == 1 ]]; then
    printf '\n%sThe shop is open. What happens on its topics follows; Ctrl-C stops everything.%s\n\n' "$bold" "$plain"
    mosquitto_sub -p "$shop_port" -t 'shop/v1/#' -F '%I %t %p' > >(cut -c "1-${COLUMNS:-160}") &
    pids+=($!)
    wait "$!"
fi
