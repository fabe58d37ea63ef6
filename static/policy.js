/* The decision policy's form: a slider and the number beside it say the same, and only what belongs to the chosen
   aggregation is shown. What the draft would have done is counted by the server (htmx), never here. */
(() => {
  "use strict";
  const form = document.getElementById("draft");
  const all = (selector) => Array.from(form.querySelectorAll(selector));
  const numberOf = (slider) => document.getElementById(slider.dataset.moves);

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.moves) {
      numberOf(field).value = field.value;
    } else if (field.type === "number") {
      const slider = form.querySelector(`[data-moves="${field.id}"]`);
      if (slider) slider.value = field.value;
    } else if (field.name === "aggregation") {
      all("[data-when]").forEach((part) => { part.hidden = part.dataset.when !== field.value; });
    }
  });

  /* Figures arrive while the question whether to save is open: it stays open. */
  let isOpen = false;
  document.addEventListener("htmx:beforeSwap", () => {
    const dialog = document.getElementById("save");
    isOpen = Boolean(dialog && dialog.open);
  });
  document.addEventListener("htmx:afterSettle", () => {
    const dialog = document.getElementById("save");
    if (isOpen && dialog && !dialog.open) dialog.showModal();
    isOpen = false;
  });
})();
