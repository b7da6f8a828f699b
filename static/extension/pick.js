// On the page, after a click on the extension's button and not before: marking and choosing.
"use strict";

globalThis.auraPick ??= (() => {
  const { commentOf, habitsOf, platformOf, treeOf } = globalThis.auraExtract;
  const CLIMB = 8;
  const chosen = new Map(); // element -> comment
  let stage = null;
  let here = null;

  const say = (name, ...values) => chrome.i18n.getMessage(name, values.map(String));
  const selector = () => habitsOf(platformOf(location.href)).containers;

  /** The comment around a place: a known container, else the nearest with an author in it. */
  const around = (start) => {
    const known = start.closest?.(selector());
    if (known) return known;
    let place = start;
    for (let step = 0; step < CLIMB && place && place !== document.body; step += 1) {
      const found = commentOf(treeOf(place), location.href);
      if (found.text && (found.author_handle || found.author_name)) return place;
      place = place.parentElement;
    }
    return start;
  };

  const candidates = () =>
    [...document.querySelectorAll(selector())].filter((one) => one.getClientRects().length);

  const build = () => {
    const host = document.createElement("aura-capture");
    const root = host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      :host { all: initial; position: fixed; inset: 0; z-index: 2147483647; pointer-events: none; }
      .box { position: fixed; border: 3px solid #a78bfa; border-radius: 6px; box-sizing: border-box; }
      .box.on { background: rgb(139 92 246 / 25%); }
      p { position: fixed; inset: auto 0 0; margin: 0; padding: 12px 16px; background: #0f0f0f;
          color: #f4f4f8; font: 14px/1.5 system-ui, sans-serif; border-top: 3px solid #a78bfa; }
    `);
    root.adoptedStyleSheets = [sheet];
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    root.append(status);
    document.documentElement.append(host);
    return { host, root, status };
  };

  const draw = () => {
    if (!stage) return;
    for (const box of stage.root.querySelectorAll(".box")) box.remove();
    for (const place of new Set([...chosen.keys(), here].filter(Boolean))) {
      const { left, top, width, height } = place.getBoundingClientRect();
      const box = document.createElement("div");
      box.className = chosen.has(place) ? "box on" : "box";
      Object.assign(box.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      stage.root.append(box);
    }
    stage.status.textContent = say("picking", chosen.size);
  };

  const toggle = (place) => {
    if (!place) return;
    if (!chosen.delete(place)) chosen.set(place, commentOf(treeOf(place), location.href));
    draw();
  };

  const walk = (step) => {
    const places = candidates();
    if (!places.length) return;
    const at = places.indexOf(here);
    here = places[(at + step + places.length) % places.length];
    here.scrollIntoView({ block: "nearest" });
    draw();
  };

  const onMove = (event) => {
    here = around(event.target);
    draw();
  };
  const onClick = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    here = around(event.target);
    toggle(here);
  };
  const onKey = (event) => {
    const acts = {
      ArrowDown: () => walk(1), ArrowUp: () => walk(-1),
      Enter: () => toggle(here), " ": () => toggle(here), Escape: stop,
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  };

  const EVENTS = [["mouseover", onMove], ["click", onClick], ["keydown", onKey], ["scroll", draw]];

  function start() {
    if (stage) return;
    stage = build();
    for (const [name, heard] of EVENTS) addEventListener(name, heard, true);
    draw();
  }
  function stop() {
    if (!stage) return;
    for (const [name, heard] of EVENTS) removeEventListener(name, heard, true);
    stage.host.remove();
    stage = here = null;
  }

  /** What the person has chosen or marked so far, and where. */
  function taken() {
    const items = [...chosen.values()];
    const marked = getSelection();
    const words = marked && !marked.isCollapsed ? marked.toString() : "";
    if (words.trim()) {
      // Where it begins: three clicks on a line also mark the beginning of the next comment.
      const node = marked.getRangeAt(0).startContainer;
      const place = around(node.nodeType === 1 ? node : node.parentElement);
      items.unshift(commentOf(treeOf(place), location.href, words));
    }
    return { page: location.href, platform: platformOf(location.href), items };
  }
  function clear() {
    chosen.clear();
    stop();
  }

  return { start, stop, taken, clear };
})();
