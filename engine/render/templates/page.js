"use strict";
(() => {
  const calls = [...document.querySelectorAll("details.call")];
  const tools = document.querySelector(".tools");
  const search = document.getElementById("search");
  const opened = (target) => {
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  };
  const toTarget = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (search && target.closest("#calls")) filter(search.value = "");
    opened(target);
    target.scrollIntoView();
  };
  const kept = new Map();
  const words = (node) => {
    if (!kept.has(node)) kept.set(node, node.textContent.toLowerCase());
    return kept.get(node);
  };
  const filter = (text) => {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (found) => wanted.every((each) => found.includes(each));
    let shown = 0, rows = 0;
    for (const call of calls) {
      const head = [...call.querySelectorAll("summary:first-of-type, .request")].filter((each) => each.closest("details") === call).map(words).join(" ");
      const whole = !wanted.length || fits(head);
      let own = 0;
      for (const part of call.querySelectorAll("tbody, ul.stores")) {
        const place = part.querySelector(".place") || (part.parentElement.matches(".changes") && part.parentElement.caption);
        const beside = place ? head + " " + words(place) : head;
        let inside = 0;
        for (const row of part.querySelectorAll(".row")) {
          const hit = whole || fits(beside + " " + words(row));
          row.hidden = !hit;
          if (hit) inside += 1;
        }
        part.hidden = !whole && !inside;
        if (part.parentElement.matches(".changes")) part.parentElement.hidden = part.hidden;
        if (!part.closest(".fold")) own += inside;
        else if (wanted.length && !whole && inside) { part.closest(".fold").open = true; own += inside; }
      }
      call.hidden = !whole && !own;
      if (!call.hidden) { shown += 1; rows += own; if (wanted.length) call.open = true; }
    }
    for (const group of document.querySelectorAll(".resource"))
      group.hidden = !group.querySelector("details.call:not([hidden])");
    const said = document.getElementById("found");
    said.textContent = wanted.length ? `${shown} of ${calls.length} ${said.dataset.things || "calls"}, ${rows} ${rows === 1 ? "line" : "lines"}` : "";
  };
  addEventListener("hashchange", toTarget);
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details.call, details.lines")) each.open = true;
  });
  if (tools && search && calls.length) {
    tools.hidden = false;
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => filter(search.value), calls.length > 60 ? 120 : 0);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { search.value = ""; filter(""); }
    });
    addEventListener("keydown", (event) => {
      const at = document.activeElement;
      const writing = at && (at.tagName === "INPUT" || at.isContentEditable);
      if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search.focus();
      search.select();
    });
    const fold = document.getElementById("fold");
    if (fold) fold.addEventListener("click", () => {
      const show = fold.getAttribute("aria-pressed") !== "true";
      fold.setAttribute("aria-pressed", String(show));
      for (const each of document.querySelectorAll("details.trail")) each.open = show;
    });
  }
  toTarget();
})();
