// A paper's file compared with the one that was signed, in the reader's own browser: nothing is sent.
const paper = document.querySelector("[data-paper]");
const hexOf = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

if (paper && globalThis.crypto?.subtle) {
  paper.hidden = false;
  paper.querySelector("input").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    const isSame = file && hexOf(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())) === paper.dataset.paper;
    for (const said of paper.querySelectorAll("[data-same]")) {
      said.hidden = !file || (said.dataset.same === "yes") !== isSame;
    }
    // Of another file it is not said that it is genuine.
    document.querySelector("[data-standing]").hidden = file && !isSame;
  });
}
