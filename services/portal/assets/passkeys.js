// One touch: what a phone is asked comes from the interface, what it answers goes with the form.
// Without it each form is sent as ever.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (ids) => ids.map((id) => ({ type: "public-key", id: bytes(id) }));
  const minutes = 2 * 60 * 1000;

  const mistaken = 422;
  const asked = async (form, address, method) => {
    const answer = await fetch(address, method === "get" ? {} : { method: "post", body: new URLSearchParams(new FormData(form)) });
    if (answer.status === mistaken) return mistaken;
    return answer.ok && answer.headers.get("content-type").startsWith("application/json") ? answer.json() : null;
  };
  const make = async (wish) => {
    const made = await navigator.credentials.create({ publicKey: {
      challenge: bytes(wish.challenge),
      rp: { id: wish.rp_id, name: document.title },
      user: { id: bytes(wish.user_id), name: wish.passkey_id.slice(-8), displayName: wish.passkey_id.slice(-8) },
      pubKeyCredParams: wish.algorithms.map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: known(wish.known),
      authenticatorSelection: { userVerification: "required", residentKey: "discouraged" },
      attestation: "none",
      timeout: minutes,
    } });
    return { client_data: text(made.response.clientDataJSON), attestation: text(made.response.attestationObject) };
  };
  const touch = async (wish) => {
    const given = await navigator.credentials.get({ publicKey: {
      challenge: bytes(wish.challenge),
      rpId: wish.rp_id,
      allowCredentials: known(wish.credentials),
      userVerification: "required",
      timeout: minutes,
    } });
    return {
      nonce: wish.nonce,
      credential_id: text(given.rawId),
      authenticator_data: text(given.response.authenticatorData),
      client_data: text(given.response.clientDataJSON),
      signature: text(given.response.signature),
    };
  };

  for (const button of document.querySelectorAll("button[data-touch]")) {
    const form = button.form;
    const said = form.querySelector("[data-untouched]"), unasked = form.querySelector("[data-unasked]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled") || !form.reportValidity()) return;
      button.setAttribute("aria-disabled", "true");
      said.hidden = unasked.hidden = true;
      try {
        const wish = await asked(form, button.dataset.touch, button.dataset.method);
        if (wish === mistaken && form.elements.look) {
          // What is wrong the page itself says, beside its field; nothing is sent by that.
          form.elements.look.value = "yes";
          form.requestSubmit();
          return;
        }
        if (wish === null || wish === mistaken) { unasked.hidden = false; return; }
        if (wish.reference && form.elements.reference) form.elements.reference.value = wish.reference;
        form.elements.touch.value = JSON.stringify(await touch(wish));
        form.requestSubmit();
      } catch {
        form.elements.touch.value = "";
        said.hidden = false;
      } finally {
        button.removeAttribute("aria-disabled");
      }
    });
  }

  const binding = document.querySelector("form[data-bind]");
  if (binding) {
    // The code of the desk's picture stands behind the mark, which no server is told.
    const shown = location.hash.slice(1);
    if (/^[0-9A-Za-z-]{8,16}$/.test(shown)) {
      binding.elements.code.value = shown;
      history.replaceState(null, "", location.pathname);
    }
    binding.addEventListener("submit", async (event) => {
      if (binding.elements.attestation.value) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const said = binding.querySelector("[data-untouched]");
      said.hidden = true;
      try {
        const wish = await asked(binding, binding.dataset.bind, "post");
        // What is wrong with the code the page itself says.
        if (wish === null || wish === mistaken) { binding.submit(); return; }
        const made = await make(wish);
        binding.elements.client_data.value = made.client_data;
        binding.elements.attestation.value = made.attestation;
        binding.requestSubmit();
      } catch {
        said.hidden = false;
      }
    }, true);
  }
})();
