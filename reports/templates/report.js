"use strict";
// The page is complete without this: it adds a filter, a copy button, and unfolds what a link or the printer needs.
(() => {
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll(".row")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const groups = [...document.querySelectorAll("table.rows > tbody, .filtered, .index")];
  const choices = [...document.querySelectorAll(".choice")];
  const box = byId("filter-text");
  const isPressed = (choice) => choice.getAttribute("aria-pressed") === "true";

  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = choices.filter(isPressed).map((choice) => choice.dataset.tone);
    const active = words.length > 0 || wanted.length > 0;
    let found = 0;
    for (const row of rows) {
      const fits =
        (wanted.length === 0 || wanted.includes(row.dataset.verdict)) &&
        words.every((word) => texts.get(row).includes(word));
      row.hidden = !fits;
      found += fits ? 1 : 0;
    }
    for (const group of groups) {
      group.hidden = active && !group.querySelector(".row:not([hidden])");
    }
    byId("filter-found").textContent = active ? `${found} of ${rows.length}` : "";
  };

  const clear = () => {
    box.value = "";
    choices.forEach((choice) => choice.setAttribute("aria-pressed", "false"));
    filter();
  };

  const unfold = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      return;
    }
    const target = name && byId(name);
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    for (let node = target; node; node = node.parentElement) {
      if (node instanceof HTMLDetailsElement) node.open = true;
    }
    target.scrollIntoView();
  };

  byId("filter").hidden = false;
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", filter);
  choices.forEach((choice) =>
    choice.addEventListener("click", () => {
      choice.setAttribute("aria-pressed", String(!isPressed(choice)));
      filter();
    }),
  );
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && typing) {
      clear();
      box.blur();
    }
  });

  for (const copy of document.querySelectorAll(".copy")) {
    const command = copy.parentElement.querySelector("code");
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.textContent);
      } catch {
        getSelection().selectAllChildren(command);
        document.execCommand("copy");
      }
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    });
  }

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((details) => (details.open = true));
  });
  addEventListener("afterprint", () => folded.forEach((details) => (details.open = false)));
  addEventListener("hashchange", unfold);
  unfold();
})();
