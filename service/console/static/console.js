// Comfort on top of pages that work without it: pages renew themselves, unless somebody is using them; a box selects all
// rows of a list.
"use strict";

const isInUse = (main) =>
  main.contains(document.activeElement) && document.activeElement !== main && document.activeElement.tagName !== "A"
  || main.querySelector("input[type=checkbox][name=id]:checked, details[open]:not(.filter details), video") !== null
  || document.getSelection().toString() !== ""
  || document.hidden;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isInUse(document.getElementById("main"))) event.preventDefault();
});

let shown = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  const text = event.detail.xhr.responseText;
  event.detail.shouldSwap = event.detail.xhr.status === 200 && text !== shown;
  shown = text;
});

// What had the focus has it again.
let focused = null;
document.addEventListener("htmx:beforeSwap", () => {
  focused = document.activeElement && document.activeElement.getAttribute("href");
});

const addSelectAll = () => {
  for (const cell of document.querySelectorAll("table.list thead td.tick")) {
    if (cell.firstElementChild) continue;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", "Select all on this page");
    box.addEventListener("change", () => {
      for (const one of cell.closest("table").querySelectorAll("input[name=id]")) one.checked = box.checked;
    });
    cell.append(box);
  }
};
document.addEventListener("htmx:afterSettle", () => {
  addSelectAll();
  if (focused) {
    const again = [...document.querySelectorAll("main a")].find((link) => link.getAttribute("href") === focused);
    if (again) again.focus();
  }
});
addSelectAll();
