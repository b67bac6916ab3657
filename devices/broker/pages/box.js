// Says which shop's box answers, and tries the way that pages of devices take to the broker: the WebSocket and its words.
"use strict";

const french = navigator.languages.some((l) => /^(fr|en)/i.test(l)) && /^fr/i.test(navigator.languages.find((l) => /^(fr|en)/i.test(l)));
const say = (english, frenchText) => (french ? frenchText : english);
const element = (id) => document.getElementById(id);
document.documentElement.lang = say("en", "fr");
element("authority").textContent = say("The shop's own authority (certificate)", "L'autorité propre au magasin (certificat)");

// A line of the list; the function returned shows how it ended.
function test(name) {
  const term = document.createElement("dt");
  const result = document.createElement("dd");
  term.textContent = name;
  result.textContent = say("trying", "essai en cours");
  element("tests").append(term, result);
  return (isFine, text, advice) => {
    result.textContent = text;
    result.className = isFine ? "fine" : "fault";
    if (advice && element("advice").hidden) {
      element("advice").textContent = advice;
      element("advice").hidden = false;
    }
  };
}

async function showBox() {
  const end = test(say("Box", "Boîtier"));
  try {
    const answer = await fetch("/box.json", { signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const box = await answer.json();
    const shop = box.shop ? say("Shop ", "Magasin ") + box.shop : say("A shop's box", "Boîtier d'un magasin");
    element("shop").textContent = shop;
    document.title = `${shop} · ${box.box}`;
    end(true, box.name === box.box ? box.box : say(`${box.box}, reached as ${box.name}`, `${box.box}, joint comme ${box.name}`));
  } catch (error) {
    end(false, String(error.message), say("nginx answers, and not as the box's own site: sudo nginx -t",
      "nginx répond, mais pas avec le site du boîtier : sudo nginx -t"));
  }
}

// The broker answers a connection without a name with a refusal, in MQTT's own words: that proves the whole way, and
// nothing was let in.
function tryBroker() {
  const endSocket = test("WebSocket");
  const endBroker = test("MQTT");
  const began = performance.now();
  const socket = new WebSocket(`wss://${location.host}/mqtt`, "mqtt");
  socket.binaryType = "arraybuffer";
  let isOpen = false, isDone = false;
  const passed = () => `${Math.round(performance.now() - began)} ms`;
  const late = setTimeout(() => { give(say("no answer within 10 s", "aucune réponse en 10 s")); socket.close(); }, 10000);
  function give(text) {
    if (isDone) return;
    isDone = true;
    clearTimeout(late);
    const advice = say("On the box: sudo edgectl check --only broker", "Sur le boîtier : sudo edgectl check --only broker");
    if (!isOpen) endSocket(false, text, advice);
    endBroker(false, isOpen ? text : say("not tried", "pas essayé"), advice);
  }
  socket.onopen = () => {
    isOpen = true;
    endSocket(true, say(`wss://${location.host}/mqtt speaks ${socket.protocol} (${passed()})`,
      `wss://${location.host}/mqtt parle ${socket.protocol} (${passed()})`));
    // CONNECT of MQTT 3.1.1: clean session, keep-alive 10 s, client id "page", no user name.
    socket.send(Uint8Array.of(0x10, 16, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 10, 0, 4, 0x70, 0x61, 0x67, 0x65));
  };
  socket.onmessage = (message) => {
    const bytes = new Uint8Array(message.data);
    if (isDone || bytes.length < 4 || bytes[0] !== 0x20) return give(say("not MQTT", "ce n'est pas du MQTT"));
    isDone = true;
    clearTimeout(late);
    if (bytes[3] === 0) {
      endBroker(false, say("lets in whoever has no name", "laisse entrer sans nom"),
        say("The broker's configuration is not the package's: sudo edgectl check --only broker",
          "La configuration du broker n'est pas celle du paquet : sudo edgectl check --only broker"));
    } else {
      endBroker(true, say(`the broker answers, and lets nobody in without a name (${passed()})`,
        `le broker répond, et ne laisse entrer personne sans nom (${passed()})`));
    }
    socket.close();
  };
  socket.onclose = (event) => give(isOpen
    ? say(`the broker closed the connection (${event.code})`, `le broker a fermé la connexion (${event.code})`)
    : say("refused", "refusé"));
}

element("box").textContent = location.origin;
showBox();
tryBroker();
