// The filter above the rows: words, verdicts, and what else the page offers. All of it has to fit a row.
const box = byId("filter-text");
const choices = [...document.querySelectorAll(".choice")];
const picks = [...document.querySelectorAll("#filter [data-facet]")];
const indexes = [...document.querySelectorAll(".index")];
const isPressed = (choice) => choice.getAttribute("aria-pressed") === "true";

const wanted = () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = choices.filter(isPressed).map((choice) => choice.dataset.tone);
  const facets = picks.filter((pick) => pick.value !== "").map((pick) => [pick.dataset.facet, pick.value]);
  const active = words.length + verdicts.length + facets.length > 0;
  const fits = (row) =>
    (verdicts.length === 0 || verdicts.includes(row.facet("verdict"))) &&
    facets.every(([name, value]) => row.facet(name).split(" ").includes(value)) &&
    words.every((word) => row.text.includes(word));
  return { active, fits };
};

const filter = async () => {
  const { active, fits } = wanted();
  if (active) await Promise.all(lists.map((list) => list.load()));
  let [found, total] = [0, 0];
  for (const list of lists) {
    found += list.show(fits);
    total += list.rows.length;
  }
  for (const index of indexes) index.hidden = active;
  byId("filter-found").textContent = active ? `${found.toLocaleString("en")} of ${total.toLocaleString("en")}` : "";
};

const clearFilter = () => {
  box.value = "";
  choices.forEach((choice) => choice.setAttribute("aria-pressed", "false"));
  picks.forEach((pick) => (pick.value = ""));
  return filter();
};

byId("filter").hidden = false;
byId("filter").addEventListener("submit", (event) => event.preventDefault());
box.addEventListener("input", filter);
picks.forEach((pick) => pick.addEventListener("change", filter));
choices.forEach((choice) =>
  choice.addEventListener("click", () => {
    choice.setAttribute("aria-pressed", String(!isPressed(choice)));
    filter();
  }),
);
