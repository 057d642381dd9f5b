"use strict";
// The page is complete without this: it adds refreshing, and sending a request to the API.
(() => {
  const byId = (id) => document.getElementById(id);
  const UNSEEN = /[^\P{C}\n\t]|[\u2028\u2029]/gu;
  const visible = (text) => text.replace(UNSEEN, (char) => `\\u{${char.codePointAt(0).toString(16)}}`);
  const element = (name, text, classes = "") =>
    Object.assign(document.createElement(name), { textContent: visible(text), className: classes });

  // Makes `old` what `fresh` is and touches only what differs, so that focus, selection and what is unfolded stay.
  const alike = (old, fresh) => old.nodeName === fresh.nodeName && (old.id ?? "") === (fresh.id ?? "");
  const attributes = (old, fresh) => {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  };
  const merge = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.data = fresh.data;
      return;
    }
    attributes(old, fresh);
    let at = old.firstChild;
    for (const child of fresh.childNodes) {
      const kept = child.id ? [...old.children].find((one) => one.id === child.id) : null;
      while (kept && at && at !== kept && !(at.id && fresh.querySelector(`#${CSS.escape(at.id)}`))) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
      if (at && alike(at, child)) {
        merge(at, child);
        at = at.nextSibling;
      } else {
        old.insertBefore(document.importNode(child, true), at);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };

  const refresh = async () => {
    const response = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) merge(part, fresh.getElementById(part.id));
    byId("refreshed").textContent = `as of ${new Date().toISOString().slice(11, 19)}`;
  };
  const tryRefresh = async () => {
    try {
      await refresh();
      return true;
    } catch {
      byId("refreshed").textContent = "The endpoint does not answer.";
      return false;
    }
  };

  let timer = 0;
  const automatic = byId("automatic");
  const tick = async () => {
    if (!document.hidden) await tryRefresh();
    if (automatic.checked) timer = setTimeout(tick, 2000);
  };
  const follow = () => {
    clearTimeout(timer);
    sessionStorage.setItem("automatic", automatic.checked ? "1" : "");
    if (automatic.checked) tick();
  };
  byId("refresh").hidden = false;
  byId("again").addEventListener("click", async () => {
    byId("said").textContent = (await tryRefresh()) ? "Refreshed" : "The endpoint does not answer";
  });
  automatic.checked = sessionStorage.getItem("automatic") === "1";
  automatic.addEventListener("change", follow);
  if (automatic.checked) follow();

  const send = byId("send");
  if (!send) return;
  const parameters = () => {
    const sent = new URLSearchParams({ Action: "CreateVpnPbrRouteEntry", Version: "2016-04-28", Format: "JSON" });
    for (const [name, value] of new FormData(byId("trial"))) {
      if (name === "caller") sent.set("AccessKeyId", value);
      else if (name !== "try" && value !== "") sent.set(name, value);
    }
    return sent;
  };
  const forget = () => {
    const seen = new URLSearchParams(location.search);
    const kept = ["gateway", "gateways", "routes", "requests"].filter((name) => seen.has(name));
    const query = new URLSearchParams(kept.map((name) => [name, seen.get(name)]));
    history.replaceState(null, "", `/?${query}`);
  };
  const laidOut = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };
  const handled = (identity) =>
    [...document.querySelectorAll("[data-request-id]")].find((one) => one.dataset.requestId === identity);
  const show = async (response) => {
    const text = laidOut(await response.text());
    const identity = /"RequestId": "([^"]*)"/.exec(text)?.[1];
    const body = element("pre", text.slice(0, 4000));
    body.tabIndex = 0;
    byId("outcome").replaceChildren(element("h3", `Sent: HTTP ${response.status}`), body);
    await tryRefresh();
    const explanation = identity && handled(identity)?.querySelector(".explanation");
    if (explanation) byId("outcome").append(explanation.cloneNode(true));
  };
  send.hidden = false;
  send.addEventListener("click", async () => {
    send.setAttribute("aria-disabled", "true");
    forget();
    byId("assessment").replaceChildren();
    byId("outcome").replaceChildren(element("p", "Sending…"));
    try {
      await show(await fetch("/", { method: "POST", body: parameters() }));
    } catch (error) {
      byId("outcome").replaceChildren(element("h3", "Sent: no answer"), element("p", String(error)));
      await tryRefresh();
    }
    send.removeAttribute("aria-disabled");
  });
})();
