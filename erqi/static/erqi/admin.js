// The few things a style sheet cannot do: open the menu on a phone, close menus on a click elsewhere.
const button = document.querySelector(".menu-button");
const side = document.querySelector("#side");

button?.addEventListener("click", () => {
  const open = side.classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
});

const menus = "details.user[open], details.filter[open]";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(menus)) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(menus)) menu.open = false;
});

// Several pages tall: a row that was refused should be what is seen first.
document.querySelector(".errorlist")?.closest("tr, .form-row, .box, fieldset")?.scrollIntoView({ block: "center" });

// On a phone each row of a list is a card, and a cell has to bring its own heading.
const heading = (cell) => (cell.querySelector(".text") ?? cell).textContent.trim();
const headings = [...document.querySelectorAll("#result_list thead th")].map(heading);
for (const row of document.querySelectorAll("#result_list tbody tr")) {
  [...row.children].forEach((cell, place) => {
    if (cell.tagName === "TD" && headings[place]) cell.dataset.label = headings[place];
  });
}

for (const table of document.querySelectorAll(".inline-group .tabular table")) {
  const names = [...table.querySelectorAll("thead th")].map(heading);
  for (const row of table.querySelectorAll("tbody tr.form-row")) {
    [...row.children].forEach((cell, place) => {
      if (names[place] && !cell.matches(".hidden, .original")) cell.dataset.label = names[place];
    });
  }
}

// Django's boxes that search as one types have no name of their own.
const nameBoxes = () => {
  for (const box of document.querySelectorAll(".select2-container")) {
    const name = box.parentElement.querySelector("select")?.labels?.[0]?.textContent.trim();
    if (!name) continue;
    for (const part of box.querySelectorAll(".select2-selection__rendered, .select2-selection, .select2-search__field")) {
      part.setAttribute("aria-label", name);
    }
  }
};
// Asked of the same jQuery that builds them, so after they are built.
window.django?.jQuery?.(nameBoxes);

// A second click while the first is on its way would save twice.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
