// A desk with room: a case opens beside its list, steps are taken there, and the next case follows by itself.
// Without this script, or on a narrow screen, every link leads to the page that opens here.
(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk || !window.htmx) return;
  const pane = document.getElementById("pane");
  const list = document.getElementById("desk-list");
  const live = desk.querySelector("[data-live]");
  const filters = desk.querySelector("[data-narrows]");
  const wide = matchMedia("(min-width: 68.75em)");
  const PAGE = /^\/requests\/(\d+)\/(?:([a-z_]+)\/$)?/;
  let source = pane.dataset.src; // the page that stands in the pane
  let shown = location.search;
  let sending = false; // a form of the pane is on its way

  const say = (element) => { live.textContent = element ? element.textContent.replace(/\s+/g, " ").trim() : ""; };
  const isPart = (xhr) => xhr.response.includes("data-pane");
  const caseAndAct = () => (PAGE.exec(new URL(source, location.href).pathname) || []).slice(1);

  const load = (url, target) => window.htmx.ajax("GET", url, { source: target, target, swap: "innerHTML" });
  const open = (url) => { if (!sending) load(url, pane); };
  const refresh = () => load(location.pathname + location.search, list);

  const go = (query, write = "pushState") => {
    const address = `${location.pathname}?${query}`;
    if (address !== location.pathname + location.search) history[write](null, "", address);
    shown = location.search;
  };

  // The address says what is open, so that reloading, going back and passing on a link work.
  const remember = (write) => {
    const query = new URLSearchParams(location.search);
    const [number, act] = caseAndAct();
    for (const name of ["case", "act"]) query.delete(name);
    if (number) query.set("case", number);
    if (act) query.set("act", act);
    go(query, write);
  };

  const mark = () => {
    const [number] = caseAndAct();
    for (const link of list.querySelectorAll("[data-case]")) {
      if (link.dataset.case === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const current = list.querySelector("[data-case][aria-current]");
    if (current && wide.matches) current.closest("tr").scrollIntoView({ block: "nearest" });
  };

  const focus = () => {
    pane.scrollTop = 0;
    if (!wide.matches) window.scrollTo(0, 0);
    const place = pane.querySelector("[autofocus]") || pane.querySelector("h1");
    if (!place) return;
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  };

  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-case]");
    if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link.href);
  });

  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams(new FormData(filters));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    const now = new URLSearchParams(location.search);
    for (const name of ["case", "act"]) if (now.has(name)) query.set(name, now.get(name));
    go(query);
    refresh().then(() => say(list.querySelector("caption, .empty__title")));
  });

  // Going back draws the page anew as its address says. A step to a place within the page is none.
  window.addEventListener("popstate", () => { if (location.search !== shown) location.reload(); });

  desk.addEventListener("htmx:confirm", (event) => {
    const { elt, path, target, verb } = event.detail;
    if (target !== pane) return;
    if (sending) event.preventDefault();
    else if (verb === "get" && elt !== pane && !path.startsWith("/requests/")) {
      // A photo, the list, a help page: not for the pane.
      event.preventDefault();
      location.assign(path);
    }
  });

  desk.addEventListener("htmx:configRequest", (event) => {
    const { elt, target, verb } = event.detail;
    if (target === pane && verb !== "get" && !elt.getAttribute("action")) event.detail.path = source;
  });

  desk.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target !== pane) return;
    sending = event.detail.requestConfig.verb !== "get";
    desk.classList.add("split--open");
  });

  // What is no part is a page of its own: a sign-in, or one that refuses, whose main part says why.
  desk.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target === pane) sending = false;
    if (target === list && !xhr.response.includes('id="desk-tabs"')) {
      event.preventDefault();
      location.reload();
    } else if (target === pane && !isPart(xhr)) {
      if (xhr.status >= 400) event.detail.selectOverride = "#main > *";
      else {
        event.preventDefault();
        location.assign(xhr.responseURL);
      }
    }
  });

  desk.addEventListener("htmx:afterOnLoad", (event) => {
    const { xhr, target, requestConfig, pathInfo } = event.detail;
    if (target === list) mark();
    if (target !== pane || (xhr.status < 400 && !isPart(xhr))) return;
    const isFirst = !("ready" in pane.dataset);
    pane.dataset.ready = "";
    source = xhr.responseURL;
    // Going back must not lead to the form of a step that is taken.
    const isSent = requestConfig.verb !== "get";
    remember((isFirst && pane.dataset.src) || isSent ? "replaceState" : "pushState");
    mark();
    focus();
    say(pane.querySelector("[data-said]"));
    // A step taken answers from another page than its own; a refusal says that the case has moved on.
    if ((isSent && pathInfo.responsePath !== pathInfo.requestPath) || xhr.status === 409) refresh();
  });

  // No answer came: what was typed stays where it is.
  desk.addEventListener("htmx:sendError", (event) => {
    if (event.detail.target !== pane) return;
    sending = false;
    const note = pane.querySelector("[data-lost-note]") || document.createElement("p");
    note.className = "notice notice--error";
    note.dataset.lostNote = "";
    note.textContent = pane.dataset.lost;
    pane.prepend(note);
    pane.scrollTop = 0;
    say(note);
  });

  if (source) open(source);
})();
