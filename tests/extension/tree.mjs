// A saved page as the tree that extract.js reads; for well-formed fixtures only.
import { readFileSync } from "node:fs";

const VOID = new Set(["img", "br", "meta", "input", "link"]);
const TOKEN = /<!--[\s\S]*?-->|<\/(\w[\w-]*)>|<(\w[\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*(\/?)>|([^<]+)/g;
const plain = (text) =>
  text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

export const treeOf = (html) => {
  const root = { tag: "body", attrs: {}, children: [] };
  const open = [root];
  for (const [, closing, tag, told, isClosed, text] of html.matchAll(TOKEN)) {
    if (text !== undefined) open.at(-1).children.push({ text: plain(text) });
    else if (closing) open.pop();
    else if (tag) {
      const attrs = {};
      for (const [, name, value] of told.matchAll(/([\w-]+)(?:="([^"]*)")?/g)) attrs[name] = plain(value ?? "");
      const node = { tag, attrs, children: [] };
      open.at(-1).children.push(node);
      if (!isClosed && !VOID.has(tag)) open.push(node);
    }
  }
  if (open.length !== 1) throw new Error("The fixture is not well formed.");
  return root;
};

export const page = (name) => treeOf(readFileSync(new URL(`pages/${name}.html`, import.meta.url), "utf8"));
