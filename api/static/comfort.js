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
  if (form.matches("[data-upload]") && bytesOf(form) > SHOWN_BYTES) {
    event.preventDefault();
    sendFiles(form, event.submitter);
  }
});

// Files that take a while show how much of them is sent; the page that answers takes the place of this one.
const SHOWN_BYTES = 300000;
function bytesOf(form) {
  const items = [...form.querySelectorAll("input[type=file]")];
  return items.flatMap((item) => [...item.files]).reduce((sum, file) => sum + file.size, 0);
}
function sendFiles(form, button) {
  const box = form.querySelector(".upload");
  const [bar, said] = [box.querySelector("progress"), box.querySelector("[role=status]")];
  const request = new XMLHttpRequest();
  box.hidden = false;
  said.textContent = "";
  request.upload.addEventListener("progress", (event) => {
    const percent = event.lengthComputable ? Math.floor((100 * event.loaded) / event.total) : 0;
    bar.value = percent;
    const tens = `${percent - (percent % 10)} %`;
    if (said.textContent !== tens) {
      said.textContent = tens;
    }
  });
  request.addEventListener("load", () => {
    const fresh = new DOMParser().parseFromString(request.responseText, "text/html");
    if (request.responseURL !== form.action) {
      history.replaceState(null, "", request.responseURL);
    }
    const start = fresh.querySelector("[autofocus]") || fresh.querySelector("main");
    start.removeAttribute("autofocus");
    document.title = fresh.title;
    document.body.replaceWith(fresh.body);
    window.scrollTo(0, 0);
    start.focus();
  });
  request.addEventListener("error", () => {
    said.textContent = box.dataset.failed;
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.send(new FormData(form, button));
}
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// A link to an item of a form moves the keyboard there, also to a group of buttons.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".refusal a[href^='#']");
  const item = link && document.getElementById(link.getAttribute("href").slice(1));
  const folded = item && item.closest("details");
  if (folded) {
    folded.open = true;
  }
  if (item) {
    item.focus();
  }
});
