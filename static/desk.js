/* Keys, dialogs and small comforts of the desk. Everything works on attributes of the page; nothing here knows a page.

   data-key="a"         pressing the key clicks the element; its text (or data-says) is listed under "?"
   data-opens="id"      opens that <dialog>
   data-rows            a table whose rows are moved through with j and k, opened with Enter, ticked with x
   data-row-link        the link of a row that Enter opens
   data-all             a checkbox that ticks every checkbox of its form with the same name
   data-ticked          shown while any checkbox of its form is ticked; [data-ticked-count] holds how many
   data-copy="id"       copies that element's text
   data-output-of="id"  shows the value of that input as it changes
   data-search          the field that / goes to
   Escape leaves a field, so that letters are keys again                                                           */
(() => {
  "use strict";
  const isTyping = (element) =>
    element.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]");
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

  /* What was typed before an action was refused is there again. */
  const kept = `typed:${location.pathname}`;
  const refused = document.querySelector("[data-refused]");
  try {
    if (refused) {
      const typed = JSON.parse(sessionStorage.getItem(kept) || "null");
      if (typed) {
        const form = all("form").find((one) => one.getAttribute("action") === typed.action);
        for (const [name, value] of form ? typed.fields : []) {
          const field = form.elements.namedItem(name);
          if (field && "value" in field && field.type !== "hidden" && field.type !== "checkbox") field.value = value;
        }
      }
    }
    sessionStorage.removeItem(kept);
  } catch { /* a browser without storage keeps nothing */ }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    /* What stays on its page, and what is secret, is not kept. */
    if (form.method !== "post" || form.matches("[hx-post]") || form.querySelector("input[type=password], input[type=file]")) return;
    try {
      const fields = Array.from(new FormData(form)).filter(([name]) => name !== "csrfmiddlewaretoken");
      sessionStorage.setItem(kept, JSON.stringify({ action: form.getAttribute("action"), fields }));
    } catch { /* as above */ }
  });

  const open = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const first = dialog.querySelector("[autofocus], textarea, select, input:not([type=hidden])");
    if (first) first.focus();
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) { event.preventDefault(); open(opener.dataset.opens); }
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog").close();
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      const text = document.getElementById(copier.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(() => { copier.textContent = "Copied"; });
    }
  });

  /* Rows of a queue */
  const rows = () => all("table[data-rows] tbody tr");
  const chosen = () => rows().find((row) => row.getAttribute("aria-selected") === "true");
  const choose = (row) => {
    rows().forEach((one) => one.removeAttribute("aria-selected"));
    if (!row) return;
    row.setAttribute("aria-selected", "true");
    const link = row.querySelector("[data-row-link], a");
    if (link) link.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const move = (by) => {
    const list = rows();
    if (!list.length) return false;
    const at = list.indexOf(chosen());
    choose(list[Math.min(Math.max(at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by, 0), list.length - 1)]);
    return true;
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("table[data-rows] tbody tr");
    if (row && row !== chosen()) {
      rows().forEach((one) => one.removeAttribute("aria-selected"));
      row.setAttribute("aria-selected", "true");
    }
  });

  /* Ticked rows */
  const count = (form) => {
    const ticked = all("tbody input[type=checkbox]:checked", form).length;
    all("[data-ticked]", form).forEach((one) => { one.hidden = ticked === 0; });
    all("[data-ticked-count]", form).forEach((one) => { one.textContent = ticked; });
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-all]")) {
      all(`tbody input[type=checkbox][name="${box.dataset.all}"]`, box.form).forEach((one) => { one.checked = box.checked; });
    }
    if (box.form && box.matches("input[type=checkbox]")) count(box.form);
  });
  document.addEventListener("input", (event) => {
    all(`[data-output-of="${event.target.id}"]`).forEach((one) => { one.textContent = event.target.value; });
  });

  const keyed = () => all("[data-key]").filter((one) => one.offsetParent !== null || one.closest("dialog[open]"));
  const showKeys = () => {
    const list = document.querySelector("[data-all-keys]");
    list.replaceChildren();
    const say = (key, text) => {
      const term = document.createElement("dt");
      const box = document.createElement("kbd");
      box.textContent = key; term.append(box);
      const words = document.createElement("dd");
      words.textContent = text; list.append(term, words);
    };
    /* What works on ticked rows works on the chosen one too. */
    const onRows = rows().length ? all("[data-ticked][hidden] [data-key]") : [];
    keyed().concat(onRows).forEach((one) => {
      const copy = one.cloneNode(true);
      all("kbd", copy).forEach((kbd) => kbd.remove());
      say(one.dataset.key, one.dataset.says || copy.textContent.trim());
    });
    if (rows().length) { say("j", "next row"); say("k", "previous row"); say("Enter", "open the row"); say("x", "tick the row"); }
    if (document.querySelector("[data-search]")) say("/", "search");
    if (all("main :is(input, textarea, select)").some((one) => one.offsetParent !== null && isTyping(one))) say("Esc", "leave the field");
    say("?", "these keys");
    open("all-keys");
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    const own = keyed().find((one) => one.dataset.key === event.key);
    if (own) { event.preventDefault(); own.click(); return; }
    if (event.key === "?") { event.preventDefault(); showKeys(); }
    else if (event.key === "/") {
      const field = document.querySelector("[data-search]");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    }
    else if (event.key === "j" || event.key === "k") { if (move(event.key === "j" ? 1 : -1)) event.preventDefault(); }
    else if (event.key === "Enter") {
      const row = chosen();
      if (row && !event.target.closest("button, a, summary, input")) { event.preventDefault(); row.querySelector("[data-row-link], a").click(); }
    }
    else if (event.key === "x") {
      const row = chosen();
      const box = row && row.querySelector("input[type=checkbox]");
      if (box) { event.preventDefault(); box.click(); }
    }
  });
  /* What a page asks for by itself says so: it must not keep a desk open that nobody sits at. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.triggeringEvent) event.detail.headers["X-Ratel-Background"] = "yes";
  });
  all("form").forEach(count);
})();
