// The message that leaves the browser: built from what the person saw in the list, nothing more.
"use strict";

globalThis.auraBatch ??= (() => {
  const MOST = 50;
  const PATH = "/api/capture/v1/batches";

  /** The origin of a typed address, or "": https, or http on this very machine. */
  const serverOf = (typed) => {
    const text = typed.trim();
    let address;
    try {
      address = new URL(/^[a-z][\w+.-]*:\/\//i.test(text) ? text : `https://${text}`);
    } catch {
      return "";
    }
    const isHere = address.hostname === "localhost" || address.hostname.endsWith(".localhost");
    const isFit = address.protocol === "https:" || (address.protocol === "http:" && isHere);
    return isFit && address.hostname && !address.username ? address.origin : "";
  };

  /** The permission for that server alone; a pattern has no port. */
  const patternOf = (origin) => {
    const { protocol, hostname } = new URL(origin);
    return `${protocol}//${hostname}/*`;
  };

  /** The name of a message that says what is missing, or "". */
  const problemOf = (items, platform) => {
    if (platform === "onlyfans") return "notOffered";
    if (!items.length) return "nothing";
    if (items.length > MOST) return "tooMany";
    if (items.some((item) => !item.text.trim())) return "noText";
    return items.some((item) => !item.author_handle.trim() && !item.author_name.trim()) ? "noAuthor" : "";
  };

  const batchOf = (items, { page, platform, version, now }) => ({
    schema: 1,
    platform,
    page_url: page.split("#")[0].slice(0, 1000),
    captured_at: now.toISOString(),
    client: { ext_version: version },
    items: items.map((item) => ({ ...item, author_handle: item.author_handle.trim() })),
  });

  /** Send it; {ok, new, known} or {ok: false, message}. No cookies, no referrer, no redirects. */
  const send = async (batch, { server, key, fetch }) => {
    const response = await fetch(server + PATH, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify(batch),
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      cache: "no-store",
    });
    const told = await response.json().catch(() => ({}));
    return response.ok
      ? { ok: true, new: told.new, known: told.known }
      : { ok: false, message: String(told.message ?? response.status) };
  };

  return { batchOf, patternOf, problemOf, send, serverOf };
})();
