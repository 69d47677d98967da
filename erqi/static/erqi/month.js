// The month page: figures while typing, last month's text at a click, Enter down the column, and a word before
// anything unsaved is left behind. Without scripts the page still saves and files.
const form = document.querySelector("#month-form");
const rows = form ? [...form.querySelectorAll(".entry")] : [];
const PLAIN = /^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d{1,4})?$/;
const SCALE = 10_000;

// As erqi.core.numbers reads it: full-width digits and grouping commas, nothing cleverer. In yuan (1/10,000 万元).
function yuan(text) {
  if (/\p{No}/u.test(text)) return null;
  const plain = text.normalize("NFKC").replace("−", "-").trim();
  return PLAIN.test(plain) ? Math.round(Number(plain.replaceAll(",", "")) * SCALE) : null;
}

const wan = (amount) => (amount / SCALE).toLocaleString("en-US", { maximumFractionDigits: 4 });
const oneDecimal = (value) => (Math.sign(value) * Math.round(Math.abs(value) * 10)) / 10;
const within = (share) => `${(Math.min(Math.max(share, 0), 1) * 100).toFixed(2)}%`;

function redraw(row) {
  const box = row.querySelector("[data-box=invested]");
  if (!box) return;
  const [before, plan, scheduled] = ["before", "plan", "scheduled"].map((name) => yuan(row.dataset[name]) ?? 0);
  const typed = yuan(box.value);
  const done = before + (typed ?? 0);
  row.querySelector(".to-date-word").textContent = typed === null ? form.dataset.soFar : form.dataset.toDate;
  row.querySelector(".to-date-value").textContent = wan(done);
  row.querySelector(".rate-value").textContent = plan ? `${oneDecimal((done / plan) * 100).toFixed(1)}%` : "—";
  row.querySelector(".bar-done").setAttribute("width", plan ? within(done / plan) : "0%");
  say(row.querySelector(".pill"), typed === null || !plan ? null : oneDecimal(((done - scheduled) / plan) * 100));
}

function say(pill, points) {
  pill.hidden = points === null;
  if (points === null) return;
  const state = points > 0 ? "ahead" : points < 0 ? "behind" : "even";
  const signed = `${points > 0 ? "+" : "−"}${Math.abs(points).toFixed(1)}`;
  pill.className = `pill pill-${state}`;
  pill.querySelector(".pill-shape").textContent = { ahead: "▲", behind: "▼", even: "●" }[state];
  pill.querySelector(".pill-words").textContent = form.dataset[state].replace("{n}", signed);
}

// What a reader can change, and what it held when the page came.
const boxes = (row) => [...row.querySelectorAll("[data-box], .box-reason textarea")];
const dirty = new Set();
let leaving = false;

function watch(row) {
  const came = new Map(boxes(row).map((box) => [box, box.defaultValue]));
  // What the server sent back as typed has not been saved either.
  const refused = row.matches(".entry-refused, .entry-unsaved");
  const look = () => {
    const changed = refused || [...came].some(([box, text]) => box.value !== text);
    dirty[changed ? "add" : "delete"](row);
    row.classList.toggle("entry-changed", changed);
    count();
  };
  row.addEventListener("input", look);
  look();
}

function count() {
  const note = form.querySelector(".unsaved");
  if (!note) return;
  note.hidden = dirty.size === 0;
  note.textContent = note.dataset.words.replace("{n}", dirty.size);
}

function offerLastText(row) {
  const button = row.querySelector("button.copy");
  if (!button) return;
  const note = row.querySelector("[data-box=note]");
  const mark = row.querySelector("input[name$=-copied]");
  const last = row.querySelector(".last-note").textContent;
  const show = () => {
    const same = mark.value === "on" && note.value.trim() === last.trim();
    mark.value = same ? "on" : "";
    row.querySelector(".copied").hidden = !same;
    // It never writes over what somebody has written.
    button.hidden = note.value.trim() !== "";
  };
  button.addEventListener("click", () => {
    note.value = last;
    mark.value = "on";
    note.dispatchEvent(new Event("input", { bubbles: true }));
    note.focus();
  });
  note.addEventListener("input", show);
  if (mark.value.toLowerCase() === "true") mark.value = "on";
  show();
}

// Enter goes to the same box of the next project, as in a spreadsheet; with Shift to the one before.
function downTheColumn(event) {
  const box = event.target.closest("input[data-box]");
  if (event.key !== "Enter" || event.isComposing || !box) return;
  event.preventDefault();
  const column = [...form.querySelectorAll(`input[data-box="${box.dataset.box}"]`)];
  const next = column[column.indexOf(box) + (event.shiftKey ? -1 : 1)];
  next?.focus();
  next?.select();
}

function chooseAll() {
  const all = form.querySelector(".choose-all");
  if (!all) return;
  all.hidden = false;
  all.addEventListener("change", (event) => {
    for (const box of form.querySelectorAll("input[name$=-chosen]")) box.checked = event.target.checked;
  });
}

for (const row of rows) {
  watch(row);
  offerLastText(row);
  row.addEventListener("input", () => redraw(row));
  redraw(row);
}
if (form) {
  chooseAll();
  form.addEventListener("keydown", downTheColumn);
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty.size && !leaving) event.preventDefault();
  });
}
