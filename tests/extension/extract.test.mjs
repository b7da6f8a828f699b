// What is read from a comment on saved pages.
import assert from "node:assert/strict";
import test from "node:test";
import "../../static/extension/extract.js";
import { page, treeOf } from "./tree.mjs";

const { commentOf, platformOf, treeOf: treeOfElement } = globalThis.auraExtract;
const YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";

test("platforms are told by their hosts alone", () => {
  const told = {
    [YOUTUBE]: "youtube", "https://m.youtube.com/x": "youtube", "https://www.tiktok.com/@a": "tiktok",
    "https://twitter.com/a": "x", "https://x.com/a": "x", "https://old.reddit.com/r/a": "reddit",
    "https://onlyfans.com/a": "onlyfans", "https://youtube.com.evil.example/": "other",
    "https://notyoutube.com/": "other", "https://blog.example/youtube.com": "other",
  };
  for (const [address, platform] of Object.entries(told)) assert.equal(platformOf(address), platform, address);
});

test("youtube", () => {
  const found = commentOf(page("youtube"), YOUTUBE);
  assert.equal(found.text, "Nobody wants 🙂 you <here>.\nLeave.");
  assert.equal(found.author_handle, "@troll77");
  assert.equal(found.author_name, "");
  assert.equal(found.remote_id, "UgxKREWxIgDrw8w2e_Z4AaABAg");
  assert.equal(found.permalink, `${YOUTUBE}&lc=UgxKREWxIgDrw8w2e_Z4AaABAg`);
  assert.equal(found.displayed_time, "2 hours ago (edited)");
  assert.ok(!found.snippet.includes("steal"));
  assert.ok(!found.snippet.includes("Reply"));
});

test("tiktok: a handle, a name, and no id where the page has none", () => {
  const found = commentOf(page("tiktok"), "https://www.tiktok.com/@lumen/video/730");
  assert.deepEqual(
    [found.author_handle, found.author_name, found.text, found.displayed_time, found.remote_id],
    ["@ana.b", "Ana B", "go away, Straße 5", "3d ago", ""],
  );
});

test("instagram: the text is what is left", () => {
  const found = commentOf(page("instagram"), "https://www.instagram.com/p/Cabc123/");
  assert.deepEqual(
    [found.author_handle, found.text, found.time, found.remote_id],
    ["@mean.one", "tu es nulle", "2026-11-20T10:00:00.000Z", "17890000000000001"],
  );
});

test("reddit keeps lines", () => {
  const found = commentOf(page("reddit"), "https://www.reddit.com/r/pottery/comments/1abc/title/");
  assert.deepEqual([found.author_handle, found.text, found.remote_id], ["@gray_fox", "first line\n\nsecond line", "kx9z1"]);
});

test("an unknown site: marked fields count, other hosts and scripts do not", () => {
  const found = commentOf(page("blog"), "https://blog.example/post#comments");
  assert.deepEqual([found.author_handle, found.author_name, found.text], ["", "Sam", "You should be ashamed."]);
  assert.deepEqual([found.time, found.displayed_time, found.permalink], ["", "yesterday", ""]);
});

test("nobody is invented", () => {
  const found = commentOf(page("bare"), "https://blog.example/post");
  assert.deepEqual([found.author_handle, found.author_name, found.text], ["", "", "Words without anybody."]);
});

test("marked words are the text, and not the platform's whole comment", () => {
  const found = commentOf(page("youtube"), YOUTUBE, "  Leave.  ");
  assert.deepEqual([found.text, found.remote_id, found.author_handle], ["Leave.", "", "@troll77"]);
});

test("what is too long is cut", () => {
  const found = commentOf(treeOf(`<p>${"a".repeat(30000)}</p>`), "https://blog.example/");
  assert.deepEqual([found.text.length, found.snippet.length], [20000, 4000]);
});

test("an element becomes a tree of bounded size, hidden parts left out", () => {
  const text = (data) => ({ nodeType: 3, data });
  const element = (children, more = {}) => ({
    nodeType: 1, localName: "div", attributes: [{ name: "id", value: "a" }], childNodes: children, ...more,
  });
  const tree = treeOfElement(element([text("x"), element([text("y")], { hidden: true }), { nodeType: 8 }]));
  assert.deepEqual(tree, { tag: "div", attrs: { id: "a" }, children: [{ text: "x" }] });
  const wide = treeOfElement(element(Array.from({ length: 9000 }, () => text("x"))));
  assert.equal(wide.children.length, 2000);
});
