/* Comforts of the case pages.
   data-prints                 prints the page
   data-largest-bytes="n"      a file input whose form is not sent where the file has more than n bytes; its field's
                               [data-too-large] says so                                                              */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-prints]")) window.print();
  });
  const check = (input) => {
    const file = input.files[0];
    const isTooLarge = Boolean(file) && file.size > Number(input.dataset.largestBytes);
    input.closest(".field").querySelector("[data-too-large]").hidden = !isTooLarge;
    input.setCustomValidity(isTooLarge ? "The file is too large" : "");
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-largest-bytes]")) check(event.target);
  });
})();
