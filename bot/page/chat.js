// A chat window: what is written here goes to the bot as a Telegram app would send it, what the bot does comes back as events.
"use strict";

const $ = (id) => document.getElementById(id);
const LONG = 1500;
let session = null, texts = {}, replying = null, ready = false, typingUntil = 0;

async function call(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ session, ...body }) });
  if (!answer.ok) { tell(await answer.text()); throw new Error(path); }
  return answer.json();
}

// -- words and colours

async function speak(language) {
  texts = await (await fetch(`/texts?language=${language}`)).json();
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = texts[one.dataset.text];
  for (const one of document.querySelectorAll("[data-label]")) { one.setAttribute("aria-label", texts[one.dataset.label]); one.title = texts[one.dataset.label]; }
  for (const one of document.querySelectorAll("[data-placeholder]")) one.placeholder = texts[one.dataset.placeholder];
  showState();
}

function paint(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}

function showState() {
  const typing = Date.now() < typingUntil;
  $("state").textContent = !ready ? texts.starting : typing ? texts.typing : texts.online;
}

function tell(text) {
  if (!text) return;
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { $("toast").hidden = true; }, 6000);
}

// -- messages

function show(message) {
  const log = $("log"), atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 160;
  const old = $(`m${message.id}`), item = document.createElement("li");
  item.id = `m${message.id}`;
  item.className = message.own ? "own" : "bot";
  item.append(bubble(message), ...(message.buttons.length ? [keys(message)] : []));
  if (old) old.replaceWith(item); else $("messages").append(item);
  if (!message.own) { typingUntil = 0; showState(); }
  if (!old && (atEnd || message.own)) item.scrollIntoView({ block: message.own ? "end" : "start" });
}

function bubble(message) {
  const box = document.createElement("div"), text = document.createElement("div");
  box.className = "bubble";
  if (message.reply && $(`m${message.reply.id}`)) {
    const link = document.createElement("a");
    link.className = "replied"; link.href = `#m${message.reply.id}`; link.textContent = message.reply.text.slice(0, 160);
    box.append(link);
  }
  if (message.picture) {
    const picture = document.createElement("img");
    picture.src = `/file?session=${session}&message=${message.id}`;
    const words = document.createElement("div"); words.innerHTML = message.html;
    picture.alt = words.textContent;
    box.append(picture);
  }
  if (message.file) {
    const link = document.createElement("a");
    link.href = `/file?session=${session}&message=${message.id}`; link.textContent = `📄 ${message.file.name}`;
    link.setAttribute("download", message.file.name);
    box.append(link);
  }
  text.className = "text"; text.dataset.message = message.id;
  text.innerHTML = message.html.replace(/<\/blockquote>\n/g, "</blockquote>");  // escaped by the server, which makes it from text and entities
  for (const link of text.querySelectorAll("a")) { link.target = "_blank"; link.rel = "noopener noreferrer"; }
  box.append(text);
  if (message.own && text.textContent.length > LONG) fold(box);
  const meta = document.createElement("span");
  meta.className = "meta";
  const when = new Date(message.date * 1000).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  meta.textContent = [message.forwarded ? texts.forwarded : "", message.edited ? texts.edited : "", when].filter(Boolean).join(" · ");
  box.append(meta);
  return box;
}

function fold(box) {
  const more = document.createElement("button");
  box.classList.add("long");
  more.type = "button"; more.className = "more"; more.textContent = texts.more;
  more.onclick = () => { box.classList.remove("long"); more.remove(); };
  box.append(more);
}

function keys(message) {
  const pad = document.createElement("div");
  pad.className = "keys";
  message.buttons.forEach((row, r) => {
    const line = document.createElement("div");
    row.forEach((button, c) => {
      const key = document.createElement(button.url ? "a" : "button");
      key.textContent = button.text;
      if (button.url) { key.href = button.url; key.target = "_blank"; key.rel = "noopener noreferrer"; }
      else { key.type = "button"; key.onclick = () => press(key, message.id, r, c); }
      line.append(key);
    });
    pad.append(line);
  });
  return pad;
}

async function press(key, message, row, column) {
  key.disabled = true;
  try {
    const answer = await call("/press", { message, row, column });
    tell(answer.text);
  } finally { key.disabled = false; }
}

// -- writing

function about(message, quote) {
  replying = message ? { message, quote } : null;
  $("replying").hidden = !replying;
  $("quoted").textContent = replying ? (quote || $(`m${message}`).querySelector(".text").textContent).slice(0, 240) : "";
  if (replying) $("text").focus();
}

async function send() {
  const text = $("text").value.trim();
  if (!text) return;
  const given = { text, reply_to: replying && replying.message, quote: replying && replying.quote };
  $("text").value = ""; grow(); about(null);
  waiting();
  await call("/send", given);
}

function waiting() {
  typingUntil = Date.now() + 5000;
  $("hello").hidden = true;
  showState();
}

function grow() {
  const box = $("text");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, innerHeight * 0.4)}px`;
}

async function upload(file) {
  const form = new FormData();
  form.append("session", session);
  form.append("file", file);
  waiting();
  const answer = await fetch("/file", { method: "POST", body: form });
  if (!answer.ok) tell(await answer.text());
}

function selected() {
  const chosen = getSelection(), ask = $("ask");
  const text = chosen.toString().trim();
  const place = chosen.anchorNode && chosen.anchorNode.parentElement && chosen.anchorNode.parentElement.closest(".text");
  if (!text || !place || !place.contains(chosen.focusNode)) { ask.hidden = true; return; }
  const box = chosen.getRangeAt(0).getBoundingClientRect();
  ask.hidden = false;
  ask.style.left = `${Math.max(8, Math.min(box.left, innerWidth - ask.offsetWidth - 8))}px`;
  ask.style.top = `${Math.max(8, box.top - ask.offsetHeight - 8)}px`;
  ask.onclick = () => { about(Number(place.dataset.message), text); ask.hidden = true; chosen.removeAllRanges(); };
}

// -- beginning

function listen() {
  const stream = new EventSource(`/stream?session=${session}`);
  stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("gone", (event) => { const item = $(`m${JSON.parse(event.data).id}`); if (item) item.remove(); });
  stream.addEventListener("typing", () => { typingUntil = Date.now() + 5500; showState(); });
  stream.addEventListener("ready", () => { ready = true; showState(); });
  stream.onerror = () => { ready = false; showState(); };
  setInterval(showState, 1000);
}

async function begin() {
  const wanted = (navigator.language || "en").slice(0, 2);
  const language = ["en", "ro", "uk", "ru"].includes(wanted) ? wanted : "en";
  $("language").value = language;
  paint(localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  await speak(language);
  session = (await call("/open", { language })).session;
  listen();
}

$("theme").onclick = () => paint(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
$("language").onchange = async (event) => { await speak(event.target.value); await call("/language", { language: event.target.value }); };
$("sample").onclick = () => { waiting(); call("/sample", {}); };
$("begin").onclick = () => { waiting(); call("/send", { text: "/start" }); };
$("drop").onclick = () => about(null);
$("attach").onclick = () => $("file").click();
$("file").onchange = (event) => { if (event.target.files[0]) upload(event.target.files[0]); event.target.value = ""; };
$("composer").onsubmit = (event) => { event.preventDefault(); send(); };
$("text").oninput = grow;
$("text").onkeydown = (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); } };
document.addEventListener("selectionchange", selected);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") about(null); });
document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("drop"); });
document.addEventListener("dragleave", () => document.body.classList.remove("drop"));
document.addEventListener("drop", (event) => {
  event.preventDefault(); document.body.classList.remove("drop");
  const file = event.dataTransfer.files[0], text = event.dataTransfer.getData("text/plain");
  if (file) upload(file); else if (text) { $("text").value = text; grow(); $("text").focus(); }
});
begin();
