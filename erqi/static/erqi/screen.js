// The wall turns its slides, fetches itself anew every minute, and says since when it is stale. One timer, and nothing
// that piles up over the days. ← and → switch, space pauses, f fills the screen.
const EVERY = 60;
const FIRST_RETRY = 5;
const PATIENCE = 20;
const ZONE = "Asia/Shanghai";
const root = document.documentElement;
const find = (selector) => document.querySelector(selector);
const slides = () => [...document.querySelectorAll(".slide")];
const seconds = Number(document.body.dataset.seconds);
const written = (options) => new Intl.DateTimeFormat(root.lang, { timeZone: ZONE, ...options });
const hour = written({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const today = written({ dateStyle: "full" });
const day = written({ month: "numeric", day: "numeric" });

const generated = () => new Date(find(".generated").dateTime);
let at = 0;
let shownFor = 0;
let paused = false;
let wait = EVERY;
let failures = 0;
let trouble = "";
let asking = null;
let askedFor = 0;
// When what is shown was the truth: a page that the browser kept from yesterday is as old as it says.
let seen = Math.min(Date.now(), generated().getTime());

function show(place) {
  const all = slides();
  at = (place + all.length) % all.length;
  shownFor = 0;
  all.forEach((slide, number) => slide.classList.toggle("shown", number === at));
  document.querySelectorAll(".dots li").forEach((dot, number) => dot.classList.toggle("here", number === at));
}

function progress() {
  const line = find(".progress");
  line.classList.toggle("fresh", shownFor === 0);
  line.style.transform = `scaleX(${slides().length > 1 ? shownFor / seconds : 0})`;
}

// What somebody reads with the keyboard is not taken away.
const held = () => paused || slides()[at].contains(document.activeElement);

function turn() {
  if (!held()) shownFor += 1;
  if (shownFor >= seconds) show(at + 1);
  progress();
}

// A new version of the site brings its own script and style.
const versions = (page) => [...page.querySelectorAll("link[href], script[src]")].map((part) => part.getAttribute("href") ?? part.getAttribute("src")).join();

function take(fresh) {
  if (versions(fresh) !== versions(document)) return location.reload();
  const here = slides()[at].id;
  for (const part of document.querySelectorAll("[data-part]")) {
    part.replaceChildren(...fresh.querySelector(`[data-part=${part.dataset.part}]`).childNodes);
  }
  const kept = shownFor;
  const place = slides().findIndex((slide) => slide.id === here);
  show(place < 0 ? 0 : place);
  shownFor = place < 0 ? 0 : kept;
  seen = Date.now();
}

async function ask(signal) {
  const answer = await fetch(location.href, { redirect: "manual", cache: "no-store", signal });
  if (answer.type === "opaqueredirect") return "signedOut";
  if (!answer.ok) return answer.status === 403 ? "refused" : "broken";
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!fresh.querySelector(".slide")) return "refused";
  take(fresh);
  return "";
}

async function refresh() {
  asking = new AbortController();
  askedFor = 0;
  trouble = await ask(asking.signal).catch(() => "broken");
  asking = null;
  failures = trouble ? failures + 1 : 0;
  wait = trouble ? Math.min(FIRST_RETRY * 2 ** (failures - 1), EVERY) : EVERY;
  tell();
}

function tell() {
  const sign = find(".stale");
  sign.hidden = !trouble;
  if (!trouble) return;
  const since = generated();
  const time = day.format(since) === day.format(Date.now()) ? hour.format(since) : `${day.format(since)} ${hour.format(since)}`;
  const minutes = Math.max(0, Math.round((Date.now() - seen) / 60_000));
  const long = trouble === "broken" && minutes >= 60;
  const words = sign.dataset[long ? "brokenLong" : trouble];
  find(".stale-words").textContent = words.replace("{time}", time).replace("{h}", Math.floor(minutes / 60)).replace("{n}", long ? minutes % 60 : minutes);
}

function tick() {
  find(".wall-time").textContent = hour.format(Date.now());
  find(".wall-date").textContent = today.format(Date.now());
  turn();
  tell();
  wait -= 1;
  if (asking) {
    askedFor += 1;
    if (askedFor >= PATIENCE) asking.abort();
  } else if (wait <= 0) refresh();
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "ArrowRight") show(at + 1);
  if (event.key === "ArrowLeft") show(at - 1);
  if (event.key === " ") paused = !paused;
  if (event.key === "f") document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
  root.classList.toggle("paused", paused);
  progress();
});
// A tab in the background, or a machine that slept, counts slowly.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) wait = 0;
});

root.classList.add("rotating");
find(".wall-clock").hidden = false;
if (Date.now() - seen > EVERY * 1000) wait = 0;
show(0);
tick();
setInterval(tick, 1000);
