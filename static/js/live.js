// The line to the server: pokes become `live:<name>` events on body, which fragments listen to.
// A poke holds no content; the fragment is fetched by its ordinary view. Only the words of an answer
// that grows come by themselves. See accounts/live.py.
(() => {
  "use strict";
  const body = document.body;
  const ENDS = [4401, 4403]; // signed out, not a member: trying again would never help
  const FIRST_WAIT = 500, LONGEST_WAIT = 30_000, OFFLINE_AFTER = 4; // ms, ms, failed tries
  const dot = document.getElementById("live-state");
  const announcer = document.getElementById("live-announcer");
  const seen = new Set();
  let socket = null, tries = 0, timer = 0, speaking = 0, hasEnded = false;
  // The page says what it already shows; without that, what this tab saw last.
  let seq = parseInt(body.dataset.liveSeq || recall(), 10); // NaN, null in JSON: nothing

  function recall() {
    try { return sessionStorage.getItem("live"); } catch { /* storage is switched off */ }
  }

  function remember(value) {
    seq = value;
    try { sessionStorage.setItem("live", String(value)); } catch { /* as above */ }
  }

  function show(state) {
    dot.hidden = false;
    if (dot.dataset.state !== state) {
      dot.dataset.state = state;
      dot.querySelector("[data-text]").textContent = dot.dataset[state];
    }
    document.getElementById("live-offline").hidden = state !== "offline" || hasEnded;
  }

  // The reader's own quiet hours; they may span midnight.
  function isQuiet() {
    const [from, until] = (body.dataset.quiet || "").split("-");
    const now = new Date().toTimeString().slice(0, 5);
    return until && (from <= until ? from <= now && now < until : now >= from || now < until);
  }

  // Many alerts at once are one announcement; the words of a comment are never part of it.
  function announce() {
    const bell = document.getElementById("bell");
    bell.setAttribute("aria-label", bell.dataset.new);
    if (!(bell.dataset.unread > 0)) bell.dataset.unread = 1;
    if (speaking) return;
    announcer.textContent = announcer.dataset.alerts;
    speaking = setTimeout(() => { announcer.textContent = ""; speaking = 0; }, 5000);
  }

  function receive(event) {
    const message = JSON.parse(event.data);
    if (message.box) return grow(message);
    // Transactions may commit out of order, so a lower number can be new: only repeats are dropped.
    if (seen.has(message.seq)) return;
    if (seen.size > 500) seen.clear();
    seen.add(message.seq);
    remember(seq > message.seq ? seq : message.seq);
    if (message.name === "alerts" ? !isQuiet() : message.name === "danger" && body.dataset.danger !== "off") announce();
    body.dispatchEvent(new Event(`live:${message.name}`));
  }

  // What stands before `at` is here already, or the next frame brings it. The poller beside it goes.
  function grow({ box, at, text }) {
    const place = document.getElementById(box), words = place?.querySelector("bdi");
    if (!words || words.textContent.length < at) return;
    words.textContent = words.textContent.slice(0, at) + text;
    place.replaceChildren(place.firstElementChild);
  }

  function connect() {
    clearTimeout(timer);
    if (hasEnded || (socket && socket.readyState < WebSocket.CLOSING)) return;
    const url = new URL(body.dataset.liveUrl, location);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(url);
    socket.onopen = () => {
      tries = 0;
      show("live");
      socket.send(JSON.stringify({ since: seq }));
    };
    socket.onmessage = receive;
    socket.onclose = ({ code }) => {
      if (ENDS.includes(code)) return end(code);
      tries += 1;
      show(tries >= OFFLINE_AFTER || !navigator.onLine ? "offline" : "connecting");
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1));
      timer = setTimeout(connect, wait * (0.5 + Math.random() / 2));
    };
  }

  function end(code) {
    hasEnded = true;
    show("offline");
    document.getElementById(`live-${code}`).hidden = false;
  }

  addEventListener("online", connect);
  addEventListener("offline", () => show("offline"));
  // A page that slept or came out of the back-forward cache must not wait for its timer.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connect(); });
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  addEventListener("pagehide", () => { if (socket) { socket.onclose = null; socket.close(); socket = null; } });
  show("connecting");
  connect();
})();
