// What makes pages pleasant; each of them works without it.
"use strict";
(() => {
  const typed = () => [...document.querySelectorAll("main form")].some((form) =>
    [...form.elements].some((field) => field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue
      || (field.type === "radio" || field.type === "checkbox") && field.checked !== field.defaultChecked
      || field === document.activeElement && field.tagName !== "BUTTON"));

  // What is long in coming has a face of its own: a moment after it was asked for it is said to be on its way.
  const loading = document.getElementById("loading"), LONG_MS = 500, GIVEN_UP_MS = 30000;
  let coming = null;
  const come = () => { clearTimeout(coming); loading.textContent = ""; };
  const awaited = () => {
    clearTimeout(coming);
    coming = setTimeout(() => { loading.textContent = loading.dataset.says; coming = setTimeout(come, GIVEN_UP_MS); }, LONG_MS);
  };
  addEventListener("pageshow", come);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    // A file comes beside the page, which stays.
    const to = new URL(link.href);
    if (to.origin === location.origin && !link.hasAttribute("download") && !/\.\w+$|\/documents\/|\/statement/.test(to.pathname) && !(to.hash && to.pathname === location.pathname)) awaited();
  });

  // A page that shows what others change follows them: it reads itself anew, and what somebody is
  // typing stays as it is, with a word that there is something new.
  const live = document.body.dataset.live;
  if (live && window.EventSource) {
    // The first word of a change is followed at once; where changes do not end, ever more seldom.
    const SOON_MS = 400, SELDOM_MS = 10000;
    let waiting = null, pause = SOON_MS, heard = -SELDOM_MS;
    const follow = () => {
      waiting = null;
      if (document.hidden) { waiting = "shown"; return; }
      if (typed()) { document.getElementById("changed").hidden = false; return; }
      awaited();
      htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerMorph" }).finally(come);
    };
    const told = () => {
      const now = performance.now();
      if (now - heard > SELDOM_MS) pause = SOON_MS;
      heard = now;
      if (waiting !== null) return;
      waiting = setTimeout(follow, pause);
      pause = Math.min(2 * pause, SELDOM_MS);
    };
    // What is followed no longer says so, with since when; what came meanwhile is read when it is back.
    const stale = document.getElementById("stale");
    let source = null, quiet = null;
    const back = () => {
      clearTimeout(quiet);
      quiet = null;
      if (!stale.textContent) return;
      stale.textContent = "";
      told();
    };
    const gone = () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, SELDOM_MS);
      if (quiet !== null) return;
      const beijing = { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" };
      const time = new Intl.DateTimeFormat("en-GB", beijing).format(new Date());
      quiet = setTimeout(() => { stale.textContent = stale.dataset.says.replace("{time}", time); }, SELDOM_MS);
    };
    const listen = () => {
      source = new EventSource(live);
      source.addEventListener("changed", told);
      source.addEventListener("open", back);
      source.addEventListener("error", gone);
    };
    listen();
    document.addEventListener("visibilitychange", () => { if (!document.hidden && waiting === "shown") follow(); });
    addEventListener("pagehide", () => { clearTimeout(quiet); source.close(); });
  }

  // On a phone the pages stand in a row that is pushed: the one that is open is in sight.
  document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // What the gate is told fills the screen at once, and the next code can be scanned all the same.
  const verdict = document.querySelector(".verdict.full");
  if (verdict) {
    document.querySelector("[data-scan]")?.focus({ preventScroll: true });
    verdict.scrollIntoView();
  }

  // The bell counts when the page is there already; a page without the count is as good.
  const bell = document.querySelector("[data-unread]");
  if (bell) addEventListener("load", () => {
    fetch(bell.dataset.unread, { redirect: "error" })
      .then((answer) => answer.ok ? answer.text() : "")
      .then((count) => { bell.textContent = count.slice(0, 5); })
      .catch(() => {});
  });

  // A long form in steps: a screen each, of which the next one comes when this one is filled in. What is wrong is gone to.
  const steps = document.querySelector("form.steps");
  if (steps) {
    const screens = [...steps.querySelectorAll("fieldset")], turn = steps.querySelector("[data-turn]"), send = steps.querySelector("[data-send]");
    const back = turn.querySelector("[data-back]"), next = turn.querySelector("[data-next]"), last = screens.length - 1;
    let at = 0, sought = false;
    const show = (step, moved) => {
      at = step;
      screens.forEach((screen, place) => { screen.hidden = place !== at; });
      turn.hidden = false;
      back.hidden = at === 0;
      next.hidden = at === last;
      send.hidden = at !== last;
      if (!moved) return;
      const head = screens[at].querySelector("legend");
      head.tabIndex = -1;
      head.focus();
      scrollTo(0, 0);
    };
    const on = () => { if ([...screens[at].elements].every((field) => field.reportValidity())) show(at + 1, true); };
    next.addEventListener("click", on);
    back.addEventListener("click", () => show(at - 1, true));
    steps.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || at === last || event.target.tagName !== "INPUT") return;
      event.preventDefault();
      on();
    });
    steps.addEventListener("invalid", (event) => {
      const step = screens.findIndex((screen) => screen.contains(event.target));
      if (sought || step < 0 || step === at) return;
      sought = true;
      setTimeout(() => { sought = false; });
      show(step, true);
    }, true);
    show(Math.max(0, screens.findIndex((screen) => screen.querySelector(".wrong"))), false);
  }

  // A second press of the same button sends nothing: the first one is under way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // After a download the page is still there, and so are its acts.
    if (form.method !== "post" || "download" in form.dataset) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    awaited();
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
  // Coming back by the browser's arrow, the form may be sent again; under its key it counts once.
  const open = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  };
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(open));

  // A paper is handed in or taken back beside the page's other forms, in which something may be half typed: the answer's
  // papers come in place of these, and of an answer without them what it says.
  const alone = (paragraph) => !paragraph.querySelector("a:not([target])");
  const answered = async (form) => {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const papers = page.getElementById("documents"), said = page.querySelector("main > .said, main > .refusal");
    if (answer.ok && papers) return [papers, said];
    // What was refused is mended under the key that the answer gives it.
    const again = [...page.forms].find((one) => one.action === form.action)?.elements.key;
    if (again) form.elements.key.value = again.value;
    const why = document.createElement("div");
    why.className = "refusal";
    why.setAttribute("role", "alert");
    why.append(...said?.childNodes ?? [...page.querySelectorAll(".stopped > p")].filter(alone));
    const head = page.querySelector(".stopped h1")?.textContent;
    if (head) why.prepend(Object.assign(document.createElement("b"), { textContent: head }));
    return [null, why];
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target, papers = form.closest("#documents");
    if (!papers || event.defaultPrevented) return;
    event.preventDefault();
    let fresh = null, said = null;
    try { [fresh, said] = await answered(form); } catch {
      said = papers.querySelector("template").content.firstElementChild.cloneNode(true);
    }
    come();
    papers.querySelectorAll(".said, .refusal").forEach((before) => before.remove());
    if (fresh) papers.replaceWith(fresh); else open(form);
    const at = (fresh ?? papers).querySelector("h2");
    if (said) at.after(said);
    at.tabIndex = -1;
    at.focus();
  });
})();
