"use strict";
// Everything that comes from people or the bot is put into the page as text, never as markup.

const $ = (id) => document.getElementById(id);
const PUSH = {
  REGULAR: "🔔 regular push",
  SILENT_PUSH: "🔕 silent push",
  NO_PUSH: "🚫 no push",
};
const GROUNDS = {
  one_time_notification: "paid with a one-time token",
  recurring_notification: "paid with a recurring token",
  private_reply: "private reply to a comment",
  plus_one: "the one further message",
};
const CHAT_POLL = 600; // milliseconds
const state = { psid: null, people: "", thread: null, drawn: new Map(), notes: new Map(), offset: 0 };

// ---- talking to the simulator -----------------------------------------------------------------

async function ask(path, method = "GET", body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch("/_sim/" + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || "the simulator refused");
  return answer;
}

const person = (rest = "") => "people/" + encodeURIComponent(state.psid) + rest;

async function act(wish) {
  try {
    // The act is answered once the bot has the webhook; the line itself shows before that.
    const done = ask(person("/acts"), "POST", wish);
    setTimeout(refresh, 30);
    const { delivery } = await done;
    if (delivery.status !== 200) {
      toast(delivery.status ? `The bot answered ${delivery.status}; it will be tried again.`
        : "The bot does not answer; it will be tried again.");
    }
  } catch (error) {
    toast(error.message);
  }
  await refresh();
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text.charAt(0).toUpperCase() + text.slice(1);
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 5000);
}

// ---- building elements ------------------------------------------------------------------------

function el(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function tap(label, onTap, className = "tap") {
  const button = el("button", className, label);
  button.type = "button";
  button.addEventListener("click", onTap);
  return button;
}

function safeLink(address, className, ...children) {
  const link = el("a", className, ...children);
  if (/^https?:\/\//i.test(address)) {
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  return link;
}

function isHere(address) {
  try {
    const { hostname, protocol } = new URL(address);
    return /^https?:$/.test(protocol) && ["127.0.0.1", "localhost"].includes(hostname);
  } catch {
    return false;
  }
}

function picture(address, className) {
  if (isHere(address)) {
    const image = el("img", className);
    image.src = address;
    image.alt = "Picture sent in the conversation";
    return image;
  }
  return media("🖼️", "Picture, not loaded from", address);
}

function media(sign, what, address) {
  let host = address || "";
  try { host = new URL(address).hostname; } catch { /* an attachment id is shown as it is */ }
  const icon = el("span", "", sign);
  icon.setAttribute("aria-hidden", "true");
  return safeLink(address || "", "tile", icon, el("span", "", `${what} ${host}`));
}

function buttons(list, mid) {
  return (list || []).map((button) => {
    if (button.type === "postback") {
      return tap(button.title, () => act({ act: "postback", title: button.title, payload: button.payload, mid }));
    }
    if (button.type === "web_url") return safeLink(button.url, "tap", button.title + " ↗");
    const other = tap(button.title || button.type, () => {});
    other.disabled = true;
    return other;
  });
}

function element(one, mid) {
  const words = el("div", "inside", el("p", "", el("strong", "", one.title)), one.subtitle ? el("p", "", one.subtitle) : null);
  return el("div", "card-box", one.image_url ? picture(one.image_url) : null, words, ...buttons(one.buttons, mid));
}

function template(payload, message) {
  if (payload.template_type === "generic") {
    return el("div", "rail", ...payload.elements.map((one) => element(one, message.mid)));
  }
  if (payload.template_type === "one_time_notif_req") {
    const bell = el("span", "", "🔔");
    bell.setAttribute("aria-hidden", "true");
    const button = tap(message.notify_tapped ? "✓ You will be notified" : "Notify me", () => act({ act: "notify_me", mid: message.mid }));
    button.disabled = message.notify_tapped;
    const words = el("div", "", el("p", "", el("strong", "", payload.title)), el("p", "", "One message, once. Nothing else."));
    return el("div", "card-box", el("div", "inside bell", bell, words), button);
  }
  if (payload.template_type === "notification_messages") {
    const agreed = message.notify_tapped;
    const button = tap(agreed ? "✓ You get messages" : "Get messages", () => act({ act: "opt_in", mid: message.mid }));
    button.disabled = agreed;
    const words = el("div", "inside", el("p", "", el("strong", "", payload.title || "Updates and promotions")), el("p", "", "Again and again, until you stop them."));
    return el("div", "card-box", payload.image_url ? picture(payload.image_url) : null, words, button);
  }
  if (payload.template_type === "customer_feedback") return feedback(payload, message);
  return el("div", "card-box", el("div", "inside", payload.text || payload.template_type), ...buttons(payload.buttons, message.mid));
}

const SCORES = { csat: [1, 5], nps: [0, 10], ces: [1, 7] };

function feedback(payload, message) {
  const question = payload.feedback_screens[0].questions[0];
  const words = el("div", "inside", el("p", "", el("strong", "", payload.title)), el("p", "", question.title || payload.subtitle));
  const [least, most] = SCORES[question.type] || [0, -1];
  const scores = el("div", "scores");
  for (let score = least; score <= most; score += 1) {
    scores.append(tap(String(score), () => act({ act: "give_feedback", mid: message.mid, score: String(score) })));
  }
  return el("div", "card-box", words, scores);
}

function attachment(one, message) {
  const payload = one.payload || {};
  const address = payload.url || payload.attachment_id;
  if (one.type === "template") return template(payload, message);
  if (payload.sticker_id) return el("span", "sticker", "👍");
  if (one.type === "image") return picture(address, "picture");
  if (one.type === "location") {
    const { lat, long } = payload.coordinates;
    return el("div", "bubble", `📍 ${lat}, ${long}`);
  }
  return media({ audio: "🎵", video: "🎬" }[one.type] || "📄", one.type, address);
}

function content(message) {
  const said = message.message;
  const quiet = ["optin", "referral", "postback"].includes(message.kind);
  if (said.text) {
    const sign = { optin: "🔔 ", referral: "🔗 ", postback: "👆 " }[message.kind] || "";
    return [el("div", "bubble" + (quiet && message.kind !== "postback" ? " ghost" : ""), sign + said.text)];
  }
  if (said.sticker_id) return [el("span", "sticker", "👍")];
  return [said.attachment, ...(said.attachments || [])].filter(Boolean).map((one) => attachment(one, message));
}

const hours = (iso) => iso.slice(11, 16);

function smallPrint(message) {
  const line = el("div", "small");
  if (message.from === "page") {
    line.append(el("span", "chip", message.tag ? "TAG " + message.tag : message.messaging_type || "no type"));
    if (GROUNDS[message.ground]) line.append(el("span", "chip paid", GROUNDS[message.ground]));
    if (message.persona_id) line.append(el("span", "chip", "as persona " + message.persona_id));
    line.append((PUSH[message.notification_type] || "🔔 push by default") + " · ");
  }
  line.append(hours(message.at));
  return line;
}

function bubble(message) {
  const said = el("div", "said", ...content(message));
  const line = el("div", "line " + (message.from === "person" ? "mine" : "theirs"), said, smallPrint(message));
  if (message.from === "page") {
    const on = Boolean(message.reaction);
    const react = tap("❤️", () => act({ act: on ? "unreact" : "react", mid: message.mid }), "react");
    react.setAttribute("aria-label", on ? "Take the heart back" : "React with a heart");
    react.setAttribute("aria-pressed", String(on));
    said.append(react);
  }
  return line;
}

function note(one) {
  if (one.kind === "clock") {
    const [before, after] = one.text.split("|");
    const seconds = (Date.parse(after) - Date.parse(before)) / 1000;
    const jump = seconds < 0 ? `back ${span(-seconds)}` : `${span(seconds)} later`;
    return el("div", "note jump", `${jump} · ${day(after)}`);
  }
  if (one.kind === "comment") return el("div", "note", el("b", "", "💬 Outside the thread: "), one.text);
  if (one.kind === "handover") {
    const [did, ...why] = one.text.split("|");
    const said = { pass: "The bot passed the thread on", take: "The bot took the thread", request: "The bot asked for the thread" }[did] || did;
    return el("div", "note", el("b", "", "🤝 " + said), why.join("|") && `: ${why.join("|")}`);
  }
  const title = one.kind === "refused" ? "Send API refused: " : "A reviewer would object: ";
  return el("div", "note " + one.kind, el("b", "", title), one.text);
}

// ---- words for time ---------------------------------------------------------------------------

function span(seconds) {
  const minutes = Math.floor(seconds / 60 + 0.02);
  if (minutes < 1) return "less than a minute";
  const parts = [[Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"], [minutes % 60, "minute"]];
  const named = parts.filter(([many]) => many > 0).slice(0, 2);
  return named.map(([many, name]) => `${many} ${name}${many === 1 ? "" : "s"}`).join(" ");
}

const leftOf = (seconds) => (seconds > 86340 && seconds <= 86400 ? "24 hours" : span(seconds));
const simulated = () => new Date(Date.now() + state.offset);
const day = (iso) => new Date(iso).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

// ---- drawing ----------------------------------------------------------------------------------

function drawLog(thread) {
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const items = [
    ...thread.messages.map((one) => ({ key: "m" + one.seq, seq: one.seq, one, make: bubble })),
    ...thread.notes.map((one) => ({ key: "n" + one.seq, seq: one.seq, one, make: note })),
  ].sort((a, b) => a.seq - b.seq);
  const wanted = new Set(items.map((item) => item.key));
  for (const [key, { node }] of state.drawn) {
    if (!wanted.has(key)) { node.remove(); state.drawn.delete(key); }
  }
  let changed = false;
  for (const [place, item] of items.entries()) {
    const text = JSON.stringify(item.one);
    const old = state.drawn.get(item.key);
    if (old && old.text === text) continue;
    changed = true;
    const node = item.make(item.one);
    if (old) {
      const focused = old.node.contains(document.activeElement);
      old.node.replaceWith(node);
      // The tapped button is gone: the keyboard stays in the conversation.
      if (focused) log.focus({ preventScroll: true });
    }
    if (!old) log.insertBefore(node, state.drawn.get(items[place + 1]?.key)?.node || null);
    state.drawn.set(item.key, { text, node });
  }
  changed = drawExtra("typing", thread.typing, typing) || changed;
  changed = drawExtra("empty", items.length === 0, welcome) || changed;
  if (changed && atEnd) log.scrollTop = log.scrollHeight;
}

function drawExtra(name, wanted, make) {
  const there = $("log").querySelector(`[data-extra="${name}"]`);
  if (!wanted) { there?.remove(); return false; }
  const node = there || make();
  node.dataset.extra = name;
  if ($("log").lastChild !== node) $("log").append(node);
  return !there;
}

function typing() {
  const dots = el("div", "typing", el("i"), el("i"), el("i"));
  dots.setAttribute("role", "img");
  dots.setAttribute("aria-label", "The Page is typing");
  return el("div", "line", dots);
}

function welcome() {
  return el("div", "empty", el("p", "", "Nothing said yet."), tap("Get started", () => act({ act: "get_started" }), "pill"));
}

function drawQuickReplies(thread) {
  const last = thread.messages[thread.messages.length - 1];
  const offered = last && last.from === "page" ? last.message.quick_replies || [] : [];
  const text = JSON.stringify([last && last.mid, offered]);
  if ($("quick").dataset.text === text) return;
  $("quick").dataset.text = text;
  $("quick").replaceChildren(...offered.filter((one) => one.content_type === "text").map((one) =>
    tap(one.title, () => { $("text").focus(); act({ act: "quick_reply", title: one.title, payload: one.payload, mid: last.mid }); }, "")));
  $("log").scrollTop = $("log").scrollHeight;
}

function drawWindow(thread) {
  const now = simulated();
  const until = thread.window_until && new Date(thread.window_until);
  const left = until ? (until - now) / 1000 : 0;
  const open = left > 0;
  $("window-dot").className = "dot " + (open ? "open" : "shut");
  $("window-text").textContent = open ? `Window open for ${leftOf(left)}` : until ? "Window closed" : "The window never opened";
  $("window-long").textContent = open
    ? `Freely, for ${leftOf(left)} more: until ${day(thread.window_until)}, ${hours(thread.window_until)} UTC.`
    : until ? `Not freely: the window ended ${span(-left)} ago.` : "Not yet: this person has not written.";
  $("window-left").value = Math.max(0, left);
}

function drawPerson(thread) {
  const facts = [`PSID ${thread.psid}`, thread.region];
  if (thread.stopped) facts.push("wrote STOP");
  if (thread.thread_owner !== "us") facts.push("another app owns the thread");
  $("person-facts").textContent = facts.join(" · ");
  $("blocked").checked = thread.blocked;
  $("bot-state").textContent = thread.typing ? "typing…" : thread.seen_at ? `seen ${hours(thread.seen_at)}` : "on this machine only";
  drawList("tokens", thread.tokens, (token) => {
    const used = Boolean(token.used_at);
    const what = used ? `used on ${when(token.used_at)}` : `one message, until ${day(token.expires_at)}`;
    return el("li", used ? "gone" : "", el("b", "", token.topic), what);
  });
  drawList("subscriptions", thread.subscriptions, (one) => {
    const what = one.stopped ? "stopped" : one.last_sent_at ? `last on ${when(one.last_sent_at)}` : "none sent yet";
    const button = tap(one.stopped ? "Resume" : "Stop", () =>
      act({ act: one.stopped ? "resume_notifications" : "stop_notifications", title: one.title }), "small-tap");
    return el("li", one.stopped ? "gone" : "", el("b", "", one.title), what + " ", button);
  });
  drawList("comments", thread.comments, (one) => {
    const what = one.replied_at ? `answered on ${when(one.replied_at)}` : `written on ${when(one.at)}, not answered`;
    return el("li", one.replied_at ? "gone" : "", el("b", "", (one.is_post ? "Post " : "Comment ") + one.id), what);
  });
}

const when = (iso) => `${day(iso)}, ${hours(iso)} UTC`;

function drawList(id, rows, make) {
  const text = JSON.stringify(rows);
  if ($(id).dataset.text === text) return;
  $(id).dataset.text = text;
  $(id).replaceChildren(...(rows.length ? rows.map(make) : [el("li", "quiet", "None.")]));
}

function drawPeople(people) {
  const text = JSON.stringify(people.map((one) => [one.psid, one.name]));
  if (state.people === text) return;
  state.people = text;
  $("person").replaceChildren(...people.map((one) => {
    const option = el("option", "", one.name);
    option.value = one.psid;
    return option;
  }));
  if (state.psid) $("person").value = state.psid;
}

// ---- the loop ---------------------------------------------------------------------------------

function choose(psid) {
  state.psid = psid;
  state.thread = null;
  state.drawn.clear();
  $("log").replaceChildren();
  delete $("quick").dataset.text;
  for (const id of ["tokens", "subscriptions", "comments"]) delete $(id).dataset.text;
  $("person").value = psid;
  history.replaceState(null, "", "?psid=" + encodeURIComponent(psid));
}

let refreshing = false;
async function refresh() {
  if (refreshing) return;
  refreshing = true;
  try {
    const people = await ask("people");
    if (!people.some((one) => one.psid === state.psid)) {
      const first = people[0] || await ask("people", "POST", { name: "Alex" });
      choose(first.psid);
    }
    drawPeople(people);
    const asked = state.psid;
    const thread = await ask(person("/thread"));
    if (asked === state.psid) {
      state.thread = thread;
      state.offset = thread.clock.offset_ms;
      drawPerson(thread);
      drawWindow(thread);
      drawLog(thread);
      drawQuickReplies(thread);
    }
  } catch {
    $("bot-state").textContent = "the simulator does not answer";
  } finally {
    refreshing = false;
  }
}

function drawClock() {
  const iso = simulated().toISOString();
  $("now").dateTime = iso;
  $("now").textContent = `${day(iso)}, ${iso.slice(11, 19)}`;
  const seconds = Math.round(state.offset / 1000);
  const side = seconds < 0 ? "behind" : "ahead of";
  $("offset").textContent = Math.abs(seconds) < 1 ? "UTC, the real time" : `UTC, ${span(Math.abs(seconds))} ${side} the real time`;
  if (state.thread) drawWindow(state.thread);
}

async function moveClock(wish) {
  try {
    state.offset = (await ask("clock", "POST", wish)).offset_ms;
    drawClock();
  } catch (error) {
    toast(error.message);
  }
  await refresh();
}

// ---- what one can do --------------------------------------------------------------------------

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim()) return;
  $("text").value = "";
  $("log").scrollTop = $("log").scrollHeight;
  act({ act: "say", text });
});
$("sticker").addEventListener("click", () => act({ act: "sticker" }));
$("person").addEventListener("change", () => { choose($("person").value); refresh(); });
$("blocked").addEventListener("change", () => {
  ask(person(), "PATCH", { blocked: $("blocked").checked }).catch((error) => toast(error.message));
});
$("new-person").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = $("new-name").value.trim();
  const region = $("new-region").value.trim().toUpperCase();
  try {
    const added = await ask("people", "POST", { ...(name && { name }), ...(region && { region }) });
    $("new-person").reset();
    choose(added.psid);
  } catch (error) {
    toast(error.message);
  }
  await refresh();
});
$("elsewhere").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("elsewhere-text").value.trim();
  if (!text) return;
  $("elsewhere").reset();
  act({ act: event.submitter ? event.submitter.value : "comment", text });
});
$("jump").addEventListener("submit", (event) => { event.preventDefault(); moveClock({ now: $("jump-to").value.trim() }); });
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => moveClock({ advance_seconds: Number(button.dataset.advance) }));
}
function showSide(shown) {
  $("side").classList.toggle("shown", shown);
  $("show-side").setAttribute("aria-expanded", String(shown));
}
$("show-side").addEventListener("click", () => showSide(!$("side").classList.contains("shown")));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") showSide(false); });

async function start() {
  const wanted = new URLSearchParams(location.search).get("psid");
  if (wanted) state.psid = wanted;
  try {
    const health = await ask("health");
    $("page-name").textContent = health.page_name;
    $("avatar").textContent = health.page_name.charAt(0);
    document.title = `${health.page_name} · Messenger simulator`;
  } catch { /* the loop says that nothing answers */ }
  await refresh();
  setInterval(refresh, CHAT_POLL);
  setInterval(drawClock, 1000);
  drawClock();
  if (matchMedia("(hover: hover)").matches) $("text").focus();
}
start();
