// Keys of a desk: j and k go through a list, Enter opens, s leads to the signature, and every act
// that names a key by aria-keyshortcuts, which is shown beside it. Whoever wants none turns them off.
"use strict";
(() => {
  const OFF = "tw-keys-off";
  const kept = { get off() { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } },
    set off(off) { try { off ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF); } catch { /* for this page only */ } } };
  const rows = () => [...document.querySelectorAll("main table.list tbody tr")].map((row) => row.querySelector("a[href]")).filter(Boolean);
  const at = () => rows().findIndex((link) => link.closest("tr").contains(document.activeElement));
  const typing = (field) => field.matches("input:not([type=radio], [type=checkbox]), select, textarea");

  const show = () => {
    document.body.classList.toggle("keyed", !kept.off);
    for (const told of document.querySelectorAll("[data-keys]")) told.hidden = false;
    for (const turn of document.querySelectorAll("[data-keys] button")) turn.setAttribute("aria-pressed", String(!kept.off));
  };
  const goto = (step) => {
    const links = rows();
    const next = links[Math.min(links.length - 1, Math.max(0, at() + step))];
    if (next) { next.focus(); next.closest("tr").scrollIntoView({ block: "nearest" }); }
  };
  const enter = (part) => {
    const within = part.matches("a, button") ? part : part.querySelector("summary, input:not([type=hidden]), textarea, select, button");
    if (part.matches("details")) part.open = true;
    part.scrollIntoView({ block: "start" });
    within?.focus();
  };
  const sign = () => {
    const here = document.getElementById("sign");
    const link = rows()[at()];
    if (here) enter(here); else if (link) location.href = `${link.href}#s`;
  };

  document.addEventListener("keydown", (event) => {
    if (kept.off || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") goto(1);
    else if (event.key === "k") goto(at() < 0 ? 1 : -1);
    else if (event.key === "s") sign();
    else {
      const act = [...document.querySelectorAll("[aria-keyshortcuts]")].find((one) => one.getAttribute("aria-keyshortcuts") === event.key);
      if (!act) return;
      if (act.matches("a, button")) act.click(); else enter(act);
    }
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-keys] button")) return;
    kept.off = !kept.off;
    show();
  });
  // A page that reads itself anew brings the line on keys hidden again.
  document.addEventListener("htmx:after:swap", show);
  show();
  // No part of a page has this name: to a part that has, the browser would go itself, and leave the focus nowhere.
  if (location.hash === "#s" && document.getElementById("sign")) sign();
})();
