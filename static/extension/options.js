// The server and the key of this browser; the permission is for that server alone.
"use strict";

const { say } = globalThis.auraWords;
const { patternOf, serverOf } = globalThis.auraBatch;
const field = (id) => document.getElementById(id);
const tell = (name) => { field("status").textContent = say(name); };

const leave = async (server) => {
  if (server) await chrome.permissions.remove({ origins: [patternOf(server)] }).catch(() => false);
};

field("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const server = serverOf(field("server").value);
  const key = field("key").value.trim();
  if (!server) return tell("badServer");
  if (!key.startsWith("aura_capture_")) return tell("badKey");
  // Asked first: a browser grants only while the click is fresh.
  if (!(await chrome.permissions.request({ origins: [patternOf(server)] }))) return tell("refused");
  const { server: earlier } = await chrome.storage.local.get("server");
  if (earlier && patternOf(earlier) !== patternOf(server)) await leave(earlier);
  await chrome.storage.local.set({ server, key });
  field("server").value = server;
  return tell("saved");
});

field("forget").addEventListener("click", async () => {
  const { server } = await chrome.storage.local.get("server");
  await leave(server);
  await chrome.storage.local.clear();
  field("form").reset();
  tell("forgotten");
});

chrome.storage.local.get(["server", "key"]).then(({ server, key }) => {
  field("server").value = server ?? "";
  field("key").value = key ?? "";
});
