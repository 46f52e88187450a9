// The live page. Everything from outside goes in by textContent, never as markup.
"use strict";

const kAlertsShown = 100;
const kLevels = {RISK_LEVEL_CRITICAL: ["critical", "bad"], RISK_LEVEL_WARNING: ["warning", "warn"],
                 RISK_LEVEL_WATCH: ["watch", "watch"], RISK_LEVEL_NONE: ["no risk", "good"]};
const kKinds = {ALERT_KIND_RETRACTION: ["all clear", "good"], ALERT_KIND_SURVEY_REQUEST: ["ask", "watch"],
                ALERT_KIND_COMPLAINT_OVERDUE: ["overdue", "bad"]};
const by = id => document.getElementById(id);
const number = n => Math.round(n).toLocaleString("en-US");
const percent = p => (100 * (p || 0)).toFixed(0) + " %";
const sum = list => list.reduce((a, b) => a + b, 0);

// make("td", {class: "number"}, "text", node...)
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children.map(c => typeof c === "object" ? c : String(c)));
  return node;
}
function row(...cells) {
  return make("tr", {}, ...cells.map(c => c instanceof Element && c.tagName === "TD" ? c : make("td", {}, c)));
}
const right = text => make("td", {class: "number"}, text);
const head = names => make("tr", {}, ...names.map(n => make("th", n.startsWith("#") ? {class: "number"} : {},
                                                            n.replace("#", ""))));

function money(m) {
  if (!m) return "";
  const digits = new Intl.NumberFormat("en", {style: "currency", currency: m.currencyCode || "USD"})
      .resolvedOptions().maximumFractionDigits;
  return (Number(m.minorUnits || 0) / 10 ** digits).toLocaleString("en-US",
      {minimumFractionDigits: digits, maximumFractionDigits: digits}) + " " + m.currencyCode;
}
function span(seconds) {
  if (seconds < 0) return "ahead by " + span(-seconds);
  if (seconds < 120) return seconds.toFixed(0) + " s";
  if (seconds < 7200) return (seconds / 60).toFixed(0) + " min";
  return seconds < 172800 ? (seconds / 3600).toFixed(0) + " h" : (seconds / 86400).toFixed(0) + " days";
}

// ---- the graph

// Columns: sources, then each node behind the last of what feeds it, then sinks.
function columns(status) {
  const at = new Map(status.sources.map(s => [s.name, 0]));
  for (const node of status.nodes) at.set(node.name, 1 + Math.max(...node.from.map(f => at.get(f) || 0)));
  const last = 1 + Math.max(0, ...status.nodes.map(n => at.get(n.name)));
  const boxes = status.sources.map(s => ({kind: "source", name: s.name, column: 0, from: [], data: s}));
  for (const n of status.nodes) boxes.push({kind: "node", name: n.name, column: at.get(n.name), from: n.from, data: n});
  for (const s of status.sinks) {
    const from = status.nodes.filter(n => n.sinks.includes(s.name)).map(n => n.name);
    boxes.push({kind: "sink", name: s.name, column: last, from: from, data: s});
  }
  return boxes;
}

const kWidth = 150, kHeight = 44, kGapX = 46, kGapY = 16;
function svg(tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}
function caption(box, rates) {
  if (box.kind === "node") return box.data.model || (box.data.op === box.name ? "" : box.data.op);
  const rate = rates.get(box.kind + box.name);
  return number(box.kind === "sink" ? box.data.written : fates(box.data)) +
      (rate === undefined ? "" : " · " + number(rate) + "/s");
}
const fates = s => s.applied + s.duplicate + s.dead_lettered + s.erased;

function drawGraph(status, rates) {
  const boxes = columns(status), fill = [];
  for (const box of boxes) {
    box.row = fill[box.column] = (fill[box.column] ?? -1) + 1;
    box.x = box.column * (kWidth + kGapX) + 1;
  }
  const rows = Math.max(...fill.map(f => (f ?? 0) + 1));
  for (const box of boxes) {
    const free = rows - (fill[box.column] + 1);
    box.y = (box.row + free / 2) * (kHeight + kGapY) + 1;
  }
  const named = new Map(boxes.filter(b => b.kind !== "sink").map(b => [b.name, b]));
  const hot = status.workers.some(w => w.hot);
  const parts = [];
  for (const to of boxes) {
    for (const from of to.from.map(n => named.get(n)).filter(Boolean)) {
      const x1 = from.x + kWidth, y1 = from.y + kHeight / 2, x2 = to.x, y2 = to.y + kHeight / 2, mid = (x1 + x2) / 2;
      parts.push(svg("path", {d: `M${x1} ${y1} C${mid} ${y1} ${mid} ${y2} ${x2} ${y2}`}));
    }
  }
  for (const box of boxes) {
    const red = box.data.dead_lettered > 0.01 * fates(box.data) || (hot && box.kind === "node");
    parts.push(svg("rect", {x: box.x, y: box.y, width: kWidth, height: kHeight, rx: 6,
                            class: box.kind + (red ? " hot" : "")}));
    parts.push(svg("text", {x: box.x + 10, y: box.y + 19}, box.name));
    parts.push(svg("text", {x: box.x + 10, y: box.y + 35, class: "dim"}, caption(box, rates)));
  }
  const width = Math.max(...boxes.map(b => b.x)) + kWidth + 1;
  const height = rows * (kHeight + kGapY);
  by("graph").setAttribute("viewBox", `0 0 ${width} ${height}`);
  by("graph").style.maxWidth = width * 1.25 + "px";
  by("graph").replaceChildren(...parts);
}

// ---- numbers

let before = null;
function ratesSince(status) {
  const rates = new Map();
  // Not when tasks have just come with all that they had counted before.
  const known = before && before.tasks.length === status.tasks.length && sum(before.sources.map(fates)) > 0;
  const seconds = known ? (status.now_ms - before.now_ms) / 1000 : 0;
  if (seconds > 0) {
    status.sources.forEach((s, i) => rates.set("source" + s.name, (fates(s) - fates(before.sources[i])) / seconds));
    status.sinks.forEach((s, i) => rates.set("sink" + s.name, (s.written - before.sinks[i].written) / seconds));
    status.workers.forEach((w, i) => {
      const all = w.busy_ms + w.waiting_ms + w.back_pressured_ms;
      const old = before.workers[i], span = all - old.busy_ms - old.waiting_ms - old.back_pressured_ms;
      w.busy = span > 0 ? (w.busy_ms - old.busy_ms) / span : 0;
      w.pressed = span > 0 ? (w.back_pressured_ms - old.back_pressured_ms) / span : 0;
      w.hot = w.pressed > 0.5;
    });
  }
  before = status;
  return rates;
}

function show(status) {
  const rates = ratesSince(status);
  document.title = "Ebb " + status.name;
  by("name").textContent = status.name;
  by("about").textContent = `${status.version} · ${status.log} · instance ${status.instance} · graph ${status.graph_version}`;
  const failed = status.checks.filter(c => !c.ok);
  by("health").textContent = failed.length ? failed.map(c => c.why || c.name).join("; ") : "ready";
  by("health").className = "badge " + (failed.length ? "bad" : "good");
  drawGraph(status, rates);
  by("progress").replaceChildren(
      head(["source", "#applied", "#duplicate", "#dead letters", "#erased"]),
      ...status.sources.map(s => row(s.name, right(number(s.applied)), right(number(s.duplicate)),
                                     right(number(s.dead_lettered)), right(number(s.erased)))),
      head(["worker", "#busy", "#held up", "#epochs", "#restarts"]),
      ...status.workers.map((w, i) => row(i, right(percent(w.busy)), right(percent(w.pressed)),
                                          right(number(w.epochs)), right(number(w.resets)))));
  by("tasks").replaceChildren(
      head(["task", "state", "#event time behind", "at the end", "#records"]),
      ...status.tasks.map(t => row(t.task, t.state,
                                   right(t.watermark_ms === null ? "nothing yet" : span((status.now_ms - t.watermark_ms) / 1000)),
                                   t.at_end ? "yes" : "no", right(number(t.records)))));
}

async function refresh() {
  try {
    const reply = await fetch("/v1/status");
    if (!reply.ok) throw new Error("it answers " + reply.status);
    const status = await reply.json();
    show(status);
    if (!followed) follow(status.alerts);
  } catch (error) {
    by("health").textContent = "no answer: " + error.message;
    by("health").className = "badge bad";
  }
  setTimeout(refresh, 2000);
}

// ---- alerts

let followed = false;
function follow(here) {
  followed = true;
  by("stream").textContent = here ? "" : "go to the log only; see them with: ebb tail CONFIG alerts";
  if (!here) return;
  by("alerts").append(head(["time", "level", "customer", "#risk", "#at stake", "why", "do"]));
  const source = new EventSource("/v1/alerts?last=" + kAlertsShown);
  source.addEventListener("alert", message => {
    const a = JSON.parse(message.data);
    const [word, colour] = kKinds[a.kind] || kLevels[a.level] || [a.kind, ""];
    const who = make("button", {class: "link"}, a.customerId);
    who.addEventListener("click", () => ask(a.customerId));
    const cells = row(make("td", {class: "nowrap"}, (a.eventTime || "").slice(0, 16).replace("T", " ")),
                      make("td", {class: colour}, word), who, right(percent(a.probability)),
                      right(money(a.valueAtRisk)), a.summary || "", a.suggestedActionText || "");
    by("alerts").firstChild.after(cells);
    while (by("alerts").children.length > kAlertsShown + 1) by("alerts").lastChild.remove();
  });
  source.addEventListener("open", () => { by("stream").textContent = "live"; });
  source.addEventListener("error", () => { by("stream").textContent = "reconnecting …"; });
}

// ---- one customer

// ["spend life", "184.20 USD"] of spend_life_minor and 18420.
function measure(name, value) {
  const suffix = ["_minor_per_day", "_minor", "_days", "_probability"].find(s => name.endsWith(s)) || "";
  const label = name.slice(0, name.length - suffix.length).replaceAll("_", " ");
  const amount = () => money({currencyCode: before ? before.currency : "USD", minorUnits: Math.round(value)});
  if (typeof value !== "number") return [label, value];
  if (suffix === "_minor_per_day") return [label, amount() + " a day"];
  if (suffix === "_minor") return [label, amount()];
  if (suffix === "_days") return [label, value.toFixed(1) + " days"];
  return [label, suffix ? percent(value) : +value.toFixed(3)];
}

async function ask(id) {
  by("id").value = id;
  by("customer").scrollIntoView({block: "nearest"});
  const reply = await fetch("/v1/customers/" + encodeURIComponent(id));
  const view = await reply.json().catch(() => ({error: "no answer"}));
  if (by("id").value !== id) return;
  if (!reply.ok) return by("customer").replaceChildren(make("p", {class: "bad"}, view.error));
  const reasons = new Map(), measures = new Map();
  for (const node of view.nodes || []) {
    for (const c of node.contributions || []) reasons.set(c.name, c);
    for (const [name, value] of Object.entries(node.measures || {})) if (!measures.has(name)) measures.set(name, value);
  }
  const sorted = [...reasons.values()].sort((a, b) => b.points - a.points);
  by("customer").replaceChildren(
      make("p", {}, `${view.customerId} as of ${view.asOf || "?"}`),
      make("table", {}, head(["reason (log-odds of leaving)", "#points", ""]),
           ...sorted.map(c => row(c.name, make("td", {class: "number " + (c.points > 0 ? "bad" : "good")}, c.points.toFixed(2)),
                                  c.sentence || ""))),
      make("table", {}, head(["measure", "#value"]),
           ...[...measures].map(([name, value]) => measure(name, value))
               .map(([label, text]) => row(label, right(text)))));
}
by("ask").addEventListener("submit", event => {
  event.preventDefault();
  const id = by("id").value.trim();
  if (id) ask(id);
});
refresh();
