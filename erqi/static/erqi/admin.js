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
const headings = [...document.querySelectorAll("#result_list thead th")].map((cell) => cell.textContent.trim());
for (const row of document.querySelectorAll("#result_list tbody tr")) {
  [...row.children].forEach((cell, place) => {
    if (cell.tagName === "TD" && headings[place]) cell.dataset.label = headings[place];
  });
}

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
