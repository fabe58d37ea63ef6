/* Passkeys: a form with data-passkey="get" or "create" asks the device before it is sent. The challenge is in
   data-options; the device's answer goes along in the field "passkey". Nothing else is read or kept. */
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const readable = (options) => {
    const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
    if (options.allowCredentials) read.allowCredentials = known(options.allowCredentials);
    if (options.excludeCredentials) read.excludeCredentials = known(options.excludeCredentials);
    return read;
  };
  const sendable = (found) => {
    const response = { clientDataJSON: text(found.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (found.response[name]) response[name] = text(found.response[name]);
    }
    return { id: found.id, rawId: text(found.rawId), type: found.type, response, clientExtensionResults: found.getClientExtensionResults() };
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const problem = form.querySelector("[data-passkey-problem]");
    const say = (words) => { problem.textContent = words; problem.hidden = false; };
    form.addEventListener("submit", async (event) => {
      if (form.elements.passkey.value) return;
      event.preventDefault();
      if (!window.PublicKeyCredential) { say("This browser knows no passkeys, or the page is not served securely."); return; }
      try {
        const publicKey = readable(JSON.parse(form.dataset.options));
        const found = await navigator.credentials[form.dataset.passkey]({ publicKey });
        form.elements.passkey.value = JSON.stringify(sendable(found));
        form.submit();
      } catch (refused) {
        say(refused.name === "InvalidStateError" ? "This device has a passkey of yours already." : "The device gave no passkey. Try again, or use another way.");
      }
    });
  }
})();
