// Comfort only: every page works without this file.
"use strict";

// A form that was sent says so and is not sent twice by an impatient finger (the server would do it once anyway).
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// A link to an item of a form moves the keyboard there, also to a group of buttons.
for (const link of document.querySelectorAll(".refusal a[href^='#']")) {
  link.addEventListener("click", () => {
    const item = document.getElementById(link.getAttribute("href").slice(1));
    const folded = item && item.closest("details");
    if (folded) {
      folded.open = true;
    }
    if (item) {
      item.focus();
    }
  });
}
