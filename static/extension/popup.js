// What was chosen, as it will be sent; nothing leaves before "Send".
"use strict";

const { fill, say } = globalThis.auraWords;
const { batchOf, problemOf, send } = globalThis.auraBatch;
const part = (id) => document.getElementById(id);
const tell = (text) => { part("status").textContent = text; };

let tab = null;
let found = { page: "", platform: "other", items: [] };

const tabOf = async () => {
  const given = Number(new URLSearchParams(location.search).get("tab"));
  if (given) return given;
  const [active] = await chrome.tabs.query({ active: true, currentWindow: true });
  return active?.id;
};
/** Ask the page; its own scripts neither see nor answer this. */
const ask = async (what) => {
  await chrome.scripting.executeScript({ target: { tabId: tab }, files: ["extract.js", "pick.js"] });
  const [{ result }] = await chrome.scripting.executeScript({
    target: { tabId: tab },
    func: (name) => globalThis.auraPick[name](),
    args: [what],
  });
  return result;
};

const show = () => {
  const list = part("items");
  list.replaceChildren();
  found.items.forEach((item, number) => {
    const line = part("item").content.cloneNode(true);
    fill(line);
    line.querySelector(".words").textContent = item.text;
    const author = line.querySelector(".author");
    author.value = item.author_handle || item.author_name;
    author.addEventListener("input", () => {
      item.author_handle = "";
      item.author_name = author.value;
    });
    line.querySelector(".snippet").textContent = item.snippet;
    const facts = [item.displayed_time, item.time, item.permalink, item.remote_id].filter(Boolean);
    line.querySelector(".facts").textContent = facts.join(" · ") || say("noFacts");
    const remove = line.querySelector(".remove");
    remove.setAttribute("aria-label", say("removeNumber", number + 1));
    remove.addEventListener("click", () => {
      found.items.splice(number, 1);
      show();
      part("pick").focus();
    });
    list.append(line);
  });
  const problem = problemOf(found.items, found.platform);
  part("send").disabled = problem === "notOffered" || problem === "nothing";
  tell(problem ? say(problem) : say("ready", found.items.length));
};

part("pick").addEventListener("click", async () => {
  await ask("start");
  window.close(); // the page has the keyboard now; the button of the extension brings the list back
});

part("send").addEventListener("click", async () => {
  const problem = problemOf(found.items, found.platform);
  if (problem) return tell(say(problem));
  const { server, key } = await chrome.storage.local.get(["server", "key"]);
  if (!server || !key) return tell(say("noServer"));
  part("send").disabled = true;
  tell(say("sending"));
  try {
    const { version } = chrome.runtime.getManifest();
    const batch = batchOf(found.items, { ...found, version, now: new Date() });
    const told = await send(batch, { server, key, fetch: fetch.bind(globalThis) });
    if (!told.ok) {
      part("send").disabled = false;
      return tell(say("notTaken", told.message));
    }
    await ask("clear").catch(() => null);
    found.items = [];
    show();
    return tell(say("taken", told.new, told.known));
  } catch {
    part("send").disabled = false;
    return tell(say("unreachable"));
  }
});

(async () => {
  tab = await tabOf();
  try {
    found = await ask("taken");
    show();
  } catch {
    part("pick").disabled = part("send").disabled = true;
    tell(say("closedPage")); // the browser's own pages let nobody in
  }
})();
