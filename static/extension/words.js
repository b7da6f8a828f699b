// Puts the words of the browser's language where data-text names them.
"use strict";

globalThis.auraWords ??= (() => {
  const say = (name, ...values) => chrome.i18n.getMessage(name, values.map(String));
  const fill = (root) => {
    for (const place of root.querySelectorAll("[data-text]")) place.textContent = say(place.dataset.text);
  };
  document.documentElement.lang = chrome.i18n.getUILanguage();
  fill(document);
  return { fill, say };
})();
