// The keyboard: "/" to the filter, Escape out of it, arrows from row to row; Enter opens what a row leads with.
const isTyping = (target) => target.matches("input, select, textarea");
const leads = () =>
  [...document.querySelectorAll(".row")]
    .filter((row) => row.checkVisibility())
    .map((row) => row.querySelector("summary, a[href]"))
    .filter(Boolean);

const step = (from, by) => {
  const all = leads();
  const at = all.indexOf(from);
  const next = all[at < 0 ? 0 : at + by];
  if (at === 0 && by < 0) box.focus();
  else next?.focus();
  next?.scrollIntoView({ block: "nearest" });
};

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isLead = target.closest(".row")?.querySelector("summary, a[href]") === target;
  if (event.key === "/" && !isTyping(target)) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape" && target === box) {
    clearFilter();
    box.blur();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (isLead || target === box)) {
    event.preventDefault();
    step(target, event.key === "ArrowDown" ? 1 : -1);
  }
});
