"use strict";
// The page is whole without this script. It adds filters, sorting, an address for each view, and keys.
(() => {
  const form = document.querySelector(".filters");
  const list = document.querySelector("main");
  const cards = [...list.querySelectorAll(".card")].map((element) => ({
    element,
    domain: element.dataset.domain,
    contribution: element.dataset.contribution,
    gains: element.dataset.gains.split(" ").filter(Boolean).map((gain) => {
      const [resource, factor] = gain.split(":");
      return { resource, factor: Number(factor) };
    }),
    shown: true,
  }));
  const byId = new Map(cards.map((card) => [card.element.id, card]));
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  // ---- the chart: words at a dot, one stop for the tab key
  const chart = document.querySelector(".chart");
  const dots = chart ? [...chart.querySelectorAll("a")] : [];
  const cardOf = (dot) => byId.get(dot.getAttribute("href").slice(1));
  let current = dots[0];
  if (chart) {
    const tip = chart.querySelector(".tip");
    for (const dot of dots) {
      const title = dot.querySelector("title");
      dot.setAttribute("aria-label", title.textContent);
      title.remove(); // the words below say more, and at once
      dot.setAttribute("tabindex", dot === current ? "0" : "-1");
    }
    const tell = (event) => {
      const dot = event.target.closest("a");
      tip.hidden = !dot;
      if (!dot) return;
      const card = cardOf(dot).element;
      const { resource, factor } = dot.dataset;
      const words = document.createElement("bdi");
      words.textContent = card.querySelector("h2").textContent;
      const figure = document.createElement("b");
      figure.textContent = `${Number(factor).toLocaleString("en", { maximumFractionDigits: 2 })}× ${resource}`;
      tip.replaceChildren(figure, " ", words);
      const place = dot.getBoundingClientRect(), frame = chart.getBoundingClientRect();
      const left = place.left - frame.left + place.width / 2 - tip.offsetWidth / 2;
      tip.style.left = `${Math.max(0, Math.min(left, frame.width - tip.offsetWidth))}px`;
      tip.style.top = `${place.top - frame.top - tip.offsetHeight - 8}px`;
    };
    for (const kind of ["pointerover", "focusin"]) chart.addEventListener(kind, tell);
    for (const kind of ["pointerleave", "focusout"]) chart.addEventListener(kind, () => { tip.hidden = true; });
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      const open = dots.filter((dot) => !dot.classList.contains("out"));
      if (!step || !open.length) return;
      event.preventDefault();
      stop(open[(open.indexOf(current) + step + open.length) % open.length]);
      current.focus();
    });
  }
  function stop(dot) {
    current?.setAttribute("tabindex", "-1");
    current = dot;
    current?.setAttribute("tabindex", "0");
  }

  // ---- going to a card, by a dot, a link or the address
  function go() {
    const card = byId.get(location.hash.slice(1));
    if (!card) return;
    if (!card.shown) clear();
    visit(card.element);
  }
  function visit(element) {
    element.scrollIntoView();
    (element.querySelector("h2 a") ?? element).focus({ preventScroll: true }); // Enter opens the paper
  }
  addEventListener("hashchange", go);

  // ---- filters
  const haystack = (card) => (card.text ??= plain(
    [...card.element.querySelectorAll("h2, .tldr, .gain, .tag, .method, .by, .abstract")]
      .map((part) => part.textContent).join("\n"),
  ));

  function filter() {
    const state = new FormData(form);
    const words = plain(state.get("q")).split(/\s+/).filter(Boolean);
    const least = Number(state.get("min")) || 0;
    const [domains, resources, contributions] = ["domain", "resource", "contribution"].map(
      (name) => new Set(state.getAll(name)),
    );
    const claims = (gain) =>
      (!resources.size || resources.has(gain.resource)) && (!least || gain.factor >= least);
    const fits = (card) =>
      (!domains.size || domains.has(card.domain)) &&
      (!contributions.size || contributions.has(card.contribution)) &&
      ((!resources.size && !least) || card.gains.some(claims)) &&
      words.every((word) => haystack(card).includes(word));
    let number = 0;
    for (const card of cards) {
      const shown = fits(card);
      number += shown;
      if (shown !== card.shown) card.element.hidden = !(card.shown = shown);
    }
    for (const dot of dots) {
      const { resource, factor } = dot.dataset;
      dot.classList.toggle("out", !(cardOf(dot).shown && claims({ resource, factor: Number(factor) })));
    }
    chart?.classList.toggle("some", number < cards.length);
    if (current?.classList.contains("out")) stop(dots.find((dot) => !dot.classList.contains("out")) ?? current);
    list.querySelector(".none").hidden = number > 0;
    form.querySelector("output").textContent =
      (number === cards.length ? "" : `${number.toLocaleString("en")} of `) + `${cards.length.toLocaleString("en")} papers`;
    form.classList.toggle("set", [...state].some(([name, value]) => value && name !== "sort"));
  }

  const title = (card) => card.element.querySelector("h2").textContent;
  const date = (card) => card.element.dataset.date;
  const orders = {
    "": (a, b) => b.claim - a.claim,
    newest: (a, b) => (date(a) < date(b)) - (date(a) > date(b)),
    title: (a, b) => title(a).localeCompare(title(b), "en"),
    input: () => 0,
  };
  let sorted = "";
  function sort() {
    const order = form.sort.value;
    const resources = new FormData(form).getAll("resource");
    const wanted = order || resources.join();
    if (wanted === sorted) return;
    sorted = wanted;
    for (const card of cards) { // the largest claim, or the largest in what is chosen
      card.claim = !resources.length ? Number(card.element.dataset.factor) : Math.max(
        0, ...card.gains.filter((gain) => resources.includes(gain.resource)).map((gain) => gain.factor),
      );
    }
    const place = (card) => card.element.dataset.place;
    const ordered = [...cards].sort((a, b) => orders[order](a, b) || place(a) - place(b));
    list.prepend(...ordered.map((card) => card.element));
  }

  // ---- the address says what is shown
  function read() {
    const state = new URLSearchParams(location.search);
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = state.getAll(field.name).includes(field.value);
      else if (field.name) field.value = state.get(field.name) ?? "";
    }
    if (form.sort.selectedIndex < 0) form.sort.value = "";
    filter();
    sort();
  }
  function write() {
    const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
    try {
      history.replaceState(null, "", (state ? `?${state}` : location.pathname) + location.hash);
    } catch { /* a page within another page may have no address of its own */ }
  }
  function change() {
    filter();
    sort();
    write();
    if (list.getBoundingClientRect().top < 0) list.scrollIntoView(); // what is left begins there
  }
  function clear() {
    const order = form.sort.value;
    form.reset();
    form.sort.value = order;
    change();
  }

  if (form) {
    document.documentElement.classList.add("js");
    form.hidden = false;
    form.addEventListener("input", change);
    form.q.addEventListener("focus", () => cards.forEach(haystack), { once: true }); // before the first letter
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of document.querySelectorAll(".find button, .none button")) {
      button.addEventListener("click", () => { clear(); form.q.focus(); });
    }
    const wide = matchMedia("(min-width: 60.01rem)"); // where the filters have a column of their own
    const fold = () => { form.querySelector(".more").open = wide.matches; };
    wide.addEventListener("change", fold);
    fold();
    addEventListener("popstate", read);
    read();
    addEventListener("keydown", keys);
  }
  go();

  // ---- keys
  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest?.("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && event.target === form.q) {
      form.q.value = "";
      change();
    } else if (typing) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      form.q.focus();
      form.q.select();
    } else if (event.key === "j" || event.key === "k") {
      const open = [...list.querySelectorAll(".card:not([hidden])")];
      const here = open.indexOf(document.activeElement.closest(".card"));
      const next = open[event.key === "j" ? here + 1 : Math.max(here - 1, 0)];
      if (next) visit(next);
    }
  }
})();
