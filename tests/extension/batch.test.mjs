// What leaves the browser, and to whom.
import assert from "node:assert/strict";
import test from "node:test";
import "../../static/extension/batch.js";

const { batchOf, patternOf, problemOf, send, serverOf } = globalThis.auraBatch;
const ITEM = { text: "x", author_handle: "@a ", author_name: "" };

test("an address is https, or http on this machine", () => {
  const told = {
    "lumen.aura.example": "https://lumen.aura.example", "https://a.example/x?y": "https://a.example",
    " https://a.example:8443/ ": "https://a.example:8443", "http://demo.aura.localhost:8000": "http://demo.aura.localhost:8000",
    "http://localhost:8000": "http://localhost:8000", "http://a.example": "", "ftp://a.example": "",
    "javascript:alert(1)": "", "https://user:pw@a.example": "", "": "", "http://localhost.evil.example": "",
  };
  for (const [typed, server] of Object.entries(told)) assert.equal(serverOf(typed), server, typed);
});

test("the permission is for that host alone", () => {
  assert.equal(patternOf("https://lumen.aura.example"), "https://lumen.aura.example/*");
  assert.equal(patternOf("http://demo.aura.localhost:8000"), "http://demo.aura.localhost/*");
});

test("what is missing has a name", () => {
  assert.equal(problemOf([ITEM], "tiktok"), "");
  assert.equal(problemOf([], "tiktok"), "nothing");
  assert.equal(problemOf([ITEM], "onlyfans"), "notOffered");
  assert.equal(problemOf(Array(51).fill(ITEM), "x"), "tooMany");
  assert.equal(problemOf([{ ...ITEM, text: " " }], "x"), "noText");
  assert.equal(problemOf([{ ...ITEM, author_handle: "" }], "x"), "noAuthor");
});

test("the message holds the list and nothing else", () => {
  const now = new Date("2026-11-21T10:00:00Z");
  const batch = batchOf([ITEM], { page: "https://x.com/a#part", platform: "x", version: "1", now });
  assert.deepEqual(batch, {
    schema: 1, platform: "x", page_url: "https://x.com/a", captured_at: "2026-11-21T10:00:00.000Z",
    client: { ext_version: "1" }, items: [{ text: "x", author_handle: "@a", author_name: "" }],
  });
});

test("it is sent without cookies, referrer or redirects", async () => {
  let asked;
  const fetch = async (...given) => {
    asked = given;
    return { ok: true, json: async () => ({ new: 1, known: 2 }) };
  };
  const told = await send({ a: 1 }, { server: "https://a.example", key: "k", fetch });
  assert.deepEqual(told, { ok: true, new: 1, known: 2 });
  assert.equal(asked[0], "https://a.example/api/capture/v1/batches");
  assert.deepEqual(
    [asked[1].credentials, asked[1].redirect, asked[1].referrerPolicy, asked[1].headers.Authorization],
    ["omit", "error", "no-referrer", "Bearer k"],
  );
});

test("a refusal says why, also when the answer is no JSON", async () => {
  const answer = (status, json) => async () => ({ ok: false, status, json });
  const to = { server: "https://a.example", key: "k" };
  const told = await send({}, { ...to, fetch: answer(401, async () => ({ message: "unknown key" })) });
  assert.deepEqual(told, { ok: false, message: "unknown key" });
  const html = await send({}, { ...to, fetch: answer(502, async () => JSON.parse("<html>")) });
  assert.deepEqual(html, { ok: false, message: "502" });
});
