/* Comfort for the rule builder: after a button the keyboard goes on where the change was made, and what was typed while
   the form was being drawn anew is not lost. */
(() => {
  "use strict";
  /* By request: a check that comes back while the form is being drawn anew must not make it forget. */
  const typedDuring = new WeakMap();
  const builder = () => document.getElementById("builder");

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    if (!target || target.id !== "builder" || requestConfig.formData.get("do") !== "redraw") return;
    const sent = requestConfig.formData;
    typedDuring.set(xhr, Array.from(new FormData(target)).filter(
      ([name, value]) => sent.getAll(name).length === 1 && sent.get(name) !== value && name !== "json"
    ));
  });

  const typed = ({ xhr }) => (typedDuring.get(xhr) || [])
    .map(([name, value]) => [builder() && builder().elements.namedItem(name), value])
    .filter(([field]) => field && "value" in field);

  /* At once, before anybody can send the new form without it; the form hears of it when it listens. */
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const [field, value] of typed(event.detail)) field.value = value;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const form = builder();
    if (!form) return;
    for (const [field] of typed(event.detail)) field.dispatchEvent(new Event("change", { bubbles: true }));
    typedDuring.delete(event.detail.xhr);
    if (!form.dataset.focus) return;
    const place = document.getElementById(`node-${form.dataset.focus}`) || form;
    const field = place.querySelector("select, input:not([type=hidden])");
    delete form.dataset.focus;
    if (field) field.focus();
  });
})();
