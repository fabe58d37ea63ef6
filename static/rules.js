/* Comfort for the rule builder: after a button the keyboard goes on where the change was made, and what was typed while
   the form was being drawn anew is not lost. */
(() => {
  "use strict";
  let typed = [];
  const builder = () => document.getElementById("builder");

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    typed = [];
    if (!target || target.id !== "builder" || requestConfig.formData.get("do") !== "redraw") return;
    const sent = requestConfig.formData;
    typed = Array.from(new FormData(target)).filter(
      ([name, value]) => sent.getAll(name).length === 1 && sent.get(name) !== value && name !== "json"
    );
  });

  document.addEventListener("htmx:afterSettle", () => {
    const form = builder();
    if (!form) return;
    for (const [name, value] of typed) {
      const field = form.elements.namedItem(name);
      if (!field || !("value" in field)) continue;
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    typed = [];
    if (!form.dataset.focus) return;
    const place = document.getElementById(`node-${form.dataset.focus}`) || form;
    const field = place.querySelector("select, input:not([type=hidden])");
    delete form.dataset.focus;
    if (field) field.focus();
  });
})();
