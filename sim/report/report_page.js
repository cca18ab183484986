// The script of the HTML report (html.cc puts it at the end of the page): filters the differences,
// shows folded lines, opens what an address names. The page is whole without it.
//
// Addresses: report.html#c3 opens the third difference; report.html#search=location&worker=rules
// filters.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const clusters = [...document.querySelectorAll(".cluster")];
  const form = byId("filter");
  document.documentElement.classList.add("scripted");

  for (const button of document.querySelectorAll(".more button")) {
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      const lines = button.closest("tbody").nextElementSibling;
      const open = lines.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
  }
  if (form === null) return;

  const fields = ["search", "worker", "kind"].map(byId);
  /** @type {Map<Element, string>} text of each difference, made when it is first searched */
  const texts = new Map();
  const textOf = (cluster) => {
    if (!texts.has(cluster)) texts.set(cluster, cluster.textContent.toLowerCase());
    return texts.get(cluster);
  };

  const filter = () => {
    const [search, worker, kind] = fields.map((field) => field.value);
    const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let shown = 0;
    for (const cluster of clusters) {
      const fits = (worker === "" || cluster.dataset.worker === worker) &&
        (kind === "" || cluster.dataset.kind === kind) &&
        words.every((word) => textOf(cluster).includes(word));
      cluster.hidden = !fits;
      if (fits) ++shown;
    }
    byId("shown").value = `${shown} of ${clusters.length} shown`;
  };

  const follow = () => {
    const name = location.hash.slice(1);
    const target = name === "" ? null : byId(name);
    if (target !== null && clusters.includes(target)) {
      form.reset();
      filter();
      target.open = true;
      target.scrollIntoView();
      return;
    }
    const wanted = new URLSearchParams(name);
    if (fields.some((field) => wanted.has(field.id))) {
      for (const field of fields) field.value = wanted.get(field.id) ?? "";
    }
    filter();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  addEventListener("hashchange", follow);
  follow();
})();
