// What a comment on a page says: plain values in, plain values out, no document.
// A page's element comes as a tree: {tag, attrs, children} or {text}; `treeOf` makes it.
"use strict";

globalThis.auraExtract ??= (() => {
  const MOST_NODES = 2000;
  const MOST_TEXT = 20000;
  const MOST_SNIPPET = 4000;
  const SILENT = new Set(["script", "style", "noscript", "template", "svg", "button", "textarea", "select"]);
  const BLOCKS = new Set(["p", "div", "li", "article", "section", "h1", "h2", "h3", "h4", "blockquote"]);

  // Where each platform puts what; names of classes change daily and are not used.
  const PLATFORMS = {
    youtube: {
      hosts: ["youtube.com"], author: /^\/(@[^/?#]+|channel\/[^/?#]+)/,
      texts: ["#content-text"], permalink: /[?&]lc=([\w.-]+)/,
      containers: "ytd-comment-view-model, ytd-comment-renderer, ytd-comment-thread-renderer",
    },
    tiktok: {
      hosts: ["tiktok.com"], author: /^\/@([^/?#]+)\/?$/,
      texts: ["[data-e2e=comment-level-1]", "[data-e2e=comment-level-2]"], permalink: null,
      containers: "[data-e2e=comment-item], [class*=DivCommentItemWrapper], [class*=DivCommentObjectWrapper]",
    },
    instagram: {
      hosts: ["instagram.com"], author: /^\/([\w.]+)\/?$/, texts: [],
      permalink: /\/c\/(\d+)/, containers: "ul li, [role=article]",
    },
    facebook: {
      hosts: ["facebook.com"], author: /^\/(?:profile\.php\?id=(\d+)|([\w.]+)\/?(?:\?|$))/,
      texts: ["[dir=auto]"], permalink: /[?&]comment_id=([\w:%=-]+)/, containers: "[role=article]",
    },
    reddit: {
      hosts: ["reddit.com"], author: /^\/(?:user|u)\/([\w-]+)/, texts: ["[slot=comment]"],
      permalink: /\/comment(?:s\/\w+\/[^/]*)?\/(\w+)\/?(?:$|\?)/, containers: "shreddit-comment, .comment",
    },
    x: {
      hosts: ["x.com", "twitter.com"], author: /^\/(\w{1,15})\/?$/,
      texts: ["[data-testid=tweetText]"], permalink: /\/status\/(\d+)/, containers: "article",
    },
    twitch: {
      hosts: ["twitch.tv"], author: /^\/(\w+)\/?$/, texts: ["[data-a-target=chat-line-message-body]"],
      permalink: null, containers: "[data-a-target=chat-line-message], .chat-line__message",
    },
  };
  const ANYWHERE = {
    hosts: [], author: /^\/(?:@|user\/|users\/|u\/|profile\/)([^/?#]+)/,
    texts: ["[itemprop=text]", "[itemprop=commentText]"], permalink: /[?&#](?:comment|c)[-_=]?(\w+)/,
    containers: "article, li, [role=article], [role=comment], [itemprop=comment], .comment",
  };

  const platformOf = (address) => {
    const host = new URL(address).hostname.toLowerCase();
    const belongs = (name) => host === name || host.endsWith(`.${name}`);
    if (belongs("onlyfans.com")) return "onlyfans";
    const found = Object.entries(PLATFORMS).find(([, told]) => told.hosts.some(belongs));
    return found ? found[0] : "other";
  };
  const habitsOf = (platform) => PLATFORMS[platform] ?? ANYWHERE;

  const treeOf = (element, left = { nodes: MOST_NODES }) => {
    const children = [];
    for (const child of element.childNodes) {
      if (left.nodes-- <= 0) break;
      if (child.nodeType === 3) children.push({ text: child.data });
      else if (child.nodeType === 1 && !child.hidden) children.push(treeOf(child, left));
    }
    const attrs = {};
    for (const { name, value } of element.attributes ?? []) attrs[name] = value;
    return { tag: element.localName, attrs, children };
  };

  const matches = (node, selector) => {
    if (selector.startsWith("#")) return node.attrs?.id === selector.slice(1);
    const [, name, value] = /^\[([\w-]+)=([\w-]+)\]$/.exec(selector) ?? [];
    return Boolean(name) && node.attrs?.[name] === value;
  };
  const first = (node, test) => {
    if (node.tag && test(node)) return node;
    for (const child of node.children ?? []) {
      const found = first(child, test);
      if (found) return found;
    }
    return null;
  };
  const all = (node, test, found = []) => {
    if (node.tag && test(node)) found.push(node);
    for (const child of node.children ?? []) all(child, test, found);
    return found;
  };

  const tidy = (text) =>
    text.replace(/[^\S\n]+/g, " ").replace(/ ?\n ?/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
  const raw = (node, without) => {
    if (node.text !== undefined) return node.text.replace(/\s+/g, " ");
    if (SILENT.has(node.tag) || node.attrs?.role === "button" || without?.has(node)) return "";
    if (node.tag === "br") return "\n";
    if (node.tag === "img") return node.attrs.alt ?? ""; // emoji are pictures on some pages
    const inner = (node.children ?? []).map((child) => raw(child, without)).join("");
    return BLOCKS.has(node.tag) ? `\n${inner}\n` : inner;
  };
  const wordsOf = (node, without) => tidy(raw(node, without));

  const absolute = (href, page) => {
    try {
      const address = new URL(href, page);
      return address.protocol === "https:" || address.protocol === "http:" ? address : null;
    } catch {
      return null;
    }
  };
  const linksOf = (tree) => all(tree, (node) => node.tag === "a" && node.attrs.href);
  const sameSite = (address, page) => address.hostname === new URL(page).hostname;

  const authorLinks = (tree, page, habits) =>
    linksOf(tree).filter((link) => {
      const address = absolute(link.attrs.href, page);
      return address && sameSite(address, page) && habits.author.test(address.pathname + address.search);
    });
  const authorOf = (tree, page, habits) => {
    const links = authorLinks(tree, page, habits);
    if (!links.length) {
      const told = first(tree, (node) => node.attrs.itemprop === "author" || node.attrs.rel === "author");
      return { handle: "", name: told ? wordsOf(told).slice(0, 200) : "" };
    }
    const address = absolute(links[0].attrs.href, page);
    const parts = habits.author.exec(address.pathname + address.search).slice(1);
    const plain = decodeURIComponent(parts.find(Boolean) ?? "").replace(/^channel\//, "");
    // A picture in a link has no words; the name stands in a later link to the same profile.
    const named = links.find((link) => wordsOf(link) && link.attrs.href === links[0].attrs.href);
    const name = named ? wordsOf(named).slice(0, 200) : "";
    const handle = plain.startsWith("@") || plain.startsWith("UC") ? plain : `@${plain}`;
    return { handle: handle.slice(0, 200), name: name === handle ? "" : name };
  };

  const linkOf = (tree, page, habits) => {
    for (const link of linksOf(tree)) {
      const address = absolute(link.attrs.href, page);
      const found = habits.permalink && address && habits.permalink.exec(address.href);
      if (found) return { permalink: address.href.slice(0, 1000), id: found[1].slice(0, 200), link };
    }
    return { permalink: "", id: "", link: null };
  };

  const SHORT_TIME = /^(?:\(?edited\)?|\d+\s*(?:s|sec|m|min|h|hr|d|w|mo|y|j|sem|an|ans|mois)\.?(?:\s+ago)?|il y a .{1,20}|\d+ (?:second|minute|hour|day|week|month|year)s? ago.{0,12}|\d{1,4}-\d{1,2}(?:-\d{1,2})?)$/i;
  const timeOf = (tree) => {
    const told = first(tree, (node) => node.tag === "time");
    if (told) {
      const at = new Date(told.attrs.datetime ?? "");
      const time = Number.isNaN(at.getTime()) ? "" : at.toISOString();
      return { time, shown: wordsOf(told).slice(0, 100), node: told };
    }
    const short = first(tree, (node) => {
      const only = (node.children ?? []).every((child) => child.text !== undefined);
      return only && node.children.length > 0 && SHORT_TIME.test(wordsOf(node));
    });
    return { time: "", shown: short ? wordsOf(short) : "", node: short };
  };

  const textOf = (tree, page, habits, parts) => {
    for (const selector of habits.texts) {
      const found = first(tree, (node) => matches(node, selector));
      const words = found ? wordsOf(found) : "";
      if (words) return words;
    }
    return wordsOf(tree, new Set([...authorLinks(tree, page, habits), ...parts.filter(Boolean)]));
  };

  /** One comment from the tree around it; `selected` are the words a person marked, if any. */
  const commentOf = (tree, page, selected = "") => {
    const platform = platformOf(page);
    const habits = habitsOf(platform);
    const author = authorOf(tree, page, habits);
    const when = timeOf(tree);
    const { permalink, id, link } = linkOf(tree, page, habits);
    const text = selected.trim() || textOf(tree, page, habits, [when.node, link]);
    return {
      text: text.slice(0, MOST_TEXT),
      author_handle: author.handle,
      author_name: author.name,
      displayed_time: when.shown,
      time: when.time,
      permalink,
      // Words that are only a part of it must not pass for the whole under the platform's id.
      remote_id: selected.trim() ? "" : id,
      snippet: wordsOf(tree).slice(0, MOST_SNIPPET),
    };
  };

  return { commentOf, habitsOf, platformOf, treeOf, wordsOf };
})();
