// Small habits. All works without it.
(() => {
  "use strict";

  // --- dialogs: opened by data-dialog-open="ID" or by arriving in #dialog; copying: data-copy="ID"
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
    event.target.closest("[data-dialog-close]")?.closest("dialog").close();
    if (event.target.matches("dialog[data-dialog]")) event.target.close(); // the backdrop
    event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
    const { copy, done } = event.target.dataset;
    if (copy) navigator.clipboard?.writeText(document.getElementById(copy).innerText).then(() => { event.target.textContent = done; });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const dialog = document.querySelector("#dialog dialog[data-dialog]:not([open])");
    if (dialog && event.detail.target?.id === "dialog") dialog.showModal();
  });
  document.addEventListener("dialog:close", () => {
    document.querySelectorAll("dialog[data-dialog][open]").forEach((dialog) => dialog.close());
  });

  // --- toasts: a success leaves when its line has run out
  document.addEventListener("animationend", (event) => {
    if (event.animationName === "drain") event.target.closest("[data-toast]").remove();
  });

  // --- busy buttons: what was sent turns, and is not sent twice
  const buttonOf = (form, submitter) => submitter || form.querySelector("button:not([type=button])");
  function setBusy(button, isBusy) {
    if (button) button.ariaBusy = isBusy ? "true" : null;
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.matches("[hx-post], [data-appearance], [method=get]")) return;
    if (form.dataset.sent !== undefined) return event.preventDefault();
    form.dataset.sent = "";
    setBusy(buttonOf(form, event.submitter), true);
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach((button) => setBusy(button, false));
    });
  });
  document.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
    if (target.matches("form")) setBusy(buttonOf(target, detail.requestConfig?.triggeringEvent?.submitter), true);
    else if (target.matches(".btn")) setBusy(target, true);
    else if (target.matches(".hit")) document.querySelectorAll(".hit").forEach((row) => { row.ariaCurrent = row === target || null; });
  });
  document.addEventListener("htmx:afterRequest", ({ target }) => {
    if (target.matches(".btn")) setBusy(target, false);
    target.querySelectorAll("[aria-busy=true].btn").forEach((button) => setBusy(button, false));
  });

  // --- choosing rows: Shift reaches back, [data-all] takes all
  let last;
  document.addEventListener("click", ({ target, shiftKey }) => {
    const all = [...document.querySelectorAll("[data-row] .check")];
    const at = all.indexOf(target), from = shiftKey && at >= 0 ? all.indexOf(last) : -1;
    const some = from < 0 ? [] : all.slice(Math.min(at, from), Math.max(at, from) + 1);
    for (const box of target.matches("[data-all]") ? all : some) box.checked = target.checked;
    if (at >= 0) last = target;
  });

  // --- no answer at all: say so when a person asked
  document.addEventListener("htmx:sendError", ({ detail }) => {
    const toast = document.getElementById("send-error");
    if (!toast || !detail.requestConfig?.triggeringEvent?.isTrusted) return;
    document.getElementById("toast").replaceChildren(toast.content.cloneNode(true));
  });

  // --- theme: seen at once, kept by the same POST that works without scripts
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-appearance]");
    const button = event.submitter;
    if (!form || !button) return;
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    form.querySelectorAll("[name=theme]").forEach((other) => { other.ariaPressed = String(other === button); });
    fetch(form.action, { method: "POST", body: new FormData(form, button), redirect: "manual" });
  });
})();
