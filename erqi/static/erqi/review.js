// The review queue: pick many at once, say how many, and read on from the keyboard. Everything works without it.
const form = document.querySelector("#queue-form");

if (form) {
  const picks = [...form.querySelectorAll("input[name=chosen]")];
  const clean = picks.filter((pick) => pick.dataset.clean);
  const all = form.querySelector("#pick-clean");
  const counted = form.querySelector("[data-picked]");

  const tell = () => {
    counted.textContent = String(picks.filter((pick) => pick.checked).length);
    const chosen = clean.filter((pick) => pick.checked).length;
    all.checked = clean.length > 0 && chosen === clean.length;
    all.indeterminate = chosen > 0 && chosen < clean.length;
  };

  all.closest("label").hidden = clean.length === 0;
  counted.closest("p").hidden = false;
  all.addEventListener("change", () => {
    for (const pick of clean) pick.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
  tell();
}

// ← and → go to the neighbours in the queue, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, summary, .scroll")) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  document.querySelector(`.neighbours a[rel=${rel}]`)?.click();
});
