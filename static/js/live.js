// The line to the server: pokes become `live:<name>` events on body, which fragments listen to.
// A poke holds no content; the fragment is fetched by its ordinary view. See accounts/live.py.
(() => {
  "use strict";
  const body = document.body;
  const address = body.dataset.liveUrl;
  if (!address || !("WebSocket" in window)) return;

  const ENDS = [4401, 4403]; // signed out, not a member: trying again would never help
  const FIRST_WAIT = 500, LONGEST_WAIT = 30_000, OFFLINE_AFTER = 4; // ms, ms, failed tries
  const key = `live:${location.host}`;
  const dot = document.getElementById("live-state");
  const announcer = document.getElementById("live-announcer");
  const bell = document.getElementById("bell");
  const seen = new Set();
  let socket = null, tries = 0, timer = 0, speaking = 0, hasEnded = false;
  // The page says what it already shows; without that, what this tab saw last.
  let seq = body.dataset.liveSeq ? number(body.dataset.liveSeq) : recall();

  function number(text) {
    const value = parseInt(text, 10);
    return Number.isFinite(value) ? value : -1;
  }

  function recall() {
    try { return number(sessionStorage.getItem(key)); } catch { return -1; }
  }

  function remember(value) {
    seq = value;
    try { sessionStorage.setItem(key, String(value)); } catch { /* storage is switched off */ }
  }

  function show(state) {
    if (!dot) return;
    dot.hidden = false;
    if (dot.dataset.state !== state) {
      dot.dataset.state = state;
      dot.querySelector("[data-text]").textContent = dot.dataset[state];
    }
    const note = document.getElementById("live-offline");
    if (note) note.hidden = state !== "offline" || hasEnded;
  }

  // The reader's own quiet hours; they may span midnight.
  function isQuiet() {
    const [from, until] = (body.dataset.quiet || "").split("-");
    const now = new Date().toTimeString().slice(0, 5);
    return until && (from <= until ? from <= now && now < until : now >= from || now < until);
  }

  // Many alerts at once are one announcement; the words of a comment are never part of it.
  function announce() {
    if (bell) {
      bell.setAttribute("aria-label", bell.dataset.new);
      if (number(bell.dataset.unread) < 1) bell.dataset.unread = "1";
    }
    if (!announcer || speaking) return;
    announcer.textContent = announcer.dataset.alerts;
    speaking = setTimeout(() => { announcer.textContent = ""; speaking = 0; }, 5000);
  }

  function receive(event) {
    let message;
    try { message = JSON.parse(event.data); } catch { return; }
    if (typeof message.name !== "string" || !Number.isInteger(message.seq)) return;
    // Transactions may commit out of order, so a lower number can be new: only repeats are dropped.
    if (seen.has(message.seq)) return;
    if (seen.size > 500) seen.clear();
    seen.add(message.seq);
    remember(Math.max(seq, message.seq));
    if (message.name === "alerts" ? !isQuiet() : message.name === "danger" && body.dataset.danger !== "off") announce();
    body.dispatchEvent(new CustomEvent(`live:${message.name}`, { detail: { seq: message.seq } }));
  }

  function connect() {
    clearTimeout(timer);
    if (hasEnded || (socket && socket.readyState < WebSocket.CLOSING)) return;
    const url = new URL(address, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(url);
    socket.onopen = () => {
      tries = 0;
      show("live");
      socket.send(JSON.stringify({ since: seq < 0 ? null : seq }));
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
    const note = document.getElementById(`live-${code}`);
    if (note) note.hidden = false;
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
