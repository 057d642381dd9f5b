// Ways to reproduce a failure, as tabs. Their texts are unpacked when the first of them is seen.
const source = byId("texts");
let texts;

const select = async (tab, focus = false) => {
  const tabs = tab.closest(".tabs");
  const all = [...tabs.querySelectorAll("[role=tab]")];
  for (const each of all) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
  }
  if (focus) tab.focus();
  const panel = tabs.querySelector("[role=tabpanel]");
  panel.setAttribute("aria-labelledby", tab.id);
  panel.querySelector(".address").textContent = tab.dataset.file;
  panel.querySelector(".download").dataset.file = tab.dataset.file;
  const unpacking = (texts ??= unpacked(source));
  panel.querySelector("code").textContent = (await unpacking)[tab.dataset.text][tabs.dataset.failure];
};

const prepare = (failure) => {
  const tabs = failure.querySelector(".tabs[hidden]");
  if (!tabs || !source) return;
  tabs.hidden = false;
  select(tabs.querySelector("[role=tab]"));
};

document.addEventListener("click", (event) => {
  const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
  if (tab) select(tab);
});
document.addEventListener("keydown", (event) => {
  const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!tab || !by) return;
  const all = [...tab.parentElement.children];
  select(all[(all.indexOf(tab) + by + all.length) % all.length], true);
});
document.addEventListener("toggle", (event) => event.target.open && prepare(event.target), true);
document.querySelectorAll(".failure[open]").forEach(prepare);
