// Links to a row: it is drawn where it was not, unfolded where it was folded. And every failure is unfolded for the printer.
const target = async (id) => {
  if (!id) return null;
  if (byId(id)) return byId(id);
  for (const list of lists) {
    const row = await list.find(id);
    if (!row) continue;
    if (!list.matching.includes(row)) await clearFilter();
    list.reveal(row);
    return row.element;
  }
  await clearFilter(); // it may be a row of a list without packed ones, taken out by the filter
  return byId(id);
};

const follow = async () => {
  let name = location.hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    return;
  }
  const found = await target(name);
  if (!found) return;
  if (found.closest("[hidden]")) await clearFilter();
  for (let node = found; node; node = node.parentElement) {
    if (node instanceof HTMLDetailsElement) node.open = true;
  }
  found.classList.add("linked");
  found.scrollIntoView();
  if (found.matches(".row")) found.querySelector("summary, a[href]")?.focus({ preventScroll: true });
};

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll(".failure:not([open]), .failure details:not([open])")];
  folded.forEach((details) => (details.open = true));
});
addEventListener("afterprint", () => folded.forEach((details) => (details.open = false)));
addEventListener("hashchange", () => {
  document.querySelectorAll(".linked").forEach((each) => each.classList.remove("linked"));
  follow();
});
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
  if (link && link.hash === location.hash) setTimeout(follow); // the address does not change, and yet it is asked for
});
follow();
