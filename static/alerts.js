/* The queue of alerts: its keys work on the row that is chosen where nothing is ticked. */
(() => {
  "use strict";
  const form = document.getElementById("at-once");
  if (!form) return;
  const isTyping = (element) => element.closest("input:not([type=checkbox]), textarea, select");
  /* A browser would press the form's first button: Enter opens the row instead. */
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("tbody input[type=checkbox]")) return;
    event.preventDefault();
    event.target.closest("tr").querySelector("[data-row-link]").click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (!["a", "s", "d"].includes(event.key) || document.querySelector("dialog[open]")) return;
    if (form.querySelector("tbody input[type=checkbox]:checked")) return;
    const box = form.querySelector("tr[aria-selected=true] input[type=checkbox]");
    if (box) box.click();
  }, true);
})();
