// Single keys for triage: H presses [data-key="h"], J and K walk the rows, Shift+X chooses up to one.
// Off while typing and in dialogs.
(() => {
  "use strict";
  if (document.body.dataset.keys === "off") return;

  const rows = () => [...document.querySelectorAll("[data-row] .hit")].filter(isVisible);
  const isVisible = (element) => element.getClientRects().length > 0;

  function move(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row === document.activeElement);
    const open = all.findIndex((row) => row.getAttribute("aria-current") === "true");
    const from = at >= 0 ? at : open;
    const row = all[from < 0 ? 0 : Math.min(all.length - 1, Math.max(0, from + by))];
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    if (row.matches("[hx-get]")) row.click(); // shown beside the list: H must mean this one
  }

  function press(key, shiftKey) {
    const scope = document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row]:has([aria-current=true])");
    const selector = `[data-key="${CSS.escape(key)}"]`;
    const found = [...(scope?.querySelectorAll(selector) ?? []), ...document.querySelectorAll(selector)];
    const control = found.find((element) => isVisible(element) && !element.disabled && element.ariaBusy !== "true");
    control?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
    return Boolean(control);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "?") {
      const sheet = document.getElementById("keys-sheet");
      if (sheet) {
        event.preventDefault();
        sheet.showModal();
      }
    } else if (/^[a-zX*]$/.test(event.key) && !event.repeat && press(event.key.toLowerCase(), event.shiftKey)) {
      event.preventDefault();
    }
  });
})();
