// Lists of rows. A row is in the document, or packed behind it; both can be looked for, and `window` are drawn at a time.
const byId = (id) => document.getElementById(id);

const unpacked = async (source) => {
  const bytes = Uint8Array.from(atob(source.textContent.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
};

const joined = ({ rows, forms, columns }) => {
  const taken = forms.map(() => 0);
  return rows.map((number) => {
    const at = taken[number]++;
    return forms[number].map((piece) => (typeof piece === "number" ? columns[piece][at] : piece)).join("");
  });
};

const made = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html; // what our own template wrote, and escaped
  return [...template.content.children];
};

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'", "&amp;": "&" };
const plain = (html) => html.replace(/<[^>]*>/g, "").replace(/&(?:lt|gt|#34|#39|amp);/g, (entity) => ENTITIES[entity]);
const quoted = (text) => text.replace(/[&<>"']/g, (letter) => Object.keys(ENTITIES).find((e) => ENTITIES[e] === letter));

class Row {
  constructor(group, source) {
    this.group = group;
    this.node = source instanceof Element ? source : null;
    this.html = this.node ? "" : source;
  }

  get element() {
    return (this.node ??= made(this.html)[0]);
  }

  get text() {
    return (this.said ??= (this.node?.textContent ?? plain(this.html)).toLowerCase());
  }

  facet(name) {
    if (this.node) return this.node.dataset[name] ?? "";
    return this.html.match(`data-${name}="([^"]*)"`)?.[1] ?? "";
  }
}

class List {
  constructor(section) {
    this.section = section;
    this.holder = section.querySelector("table.rows") ?? section;
    this.packed = section.querySelector("script.packed");
    this.more = section.querySelector(".more");
    this.groups = new Map();
    this.rows = [];
    for (const element of section.querySelectorAll("table.rows > tbody, .cause")) {
      const group = this.group(element.dataset.group ?? String(this.groups.size), element);
      for (const row of element.querySelectorAll(":scope > .row")) this.rows.push(new Row(group, row));
    }
    this.window = Number(this.more?.dataset.window);
    this.limit = this.more ? this.rows.length : Infinity; // what the document came with
    this.first = 0;
    this.matching = this.rows;
    const button = this.more?.querySelector("button");
    if (button) button.hidden = false;
    button?.addEventListener("click", () => this.showMore());
  }

  group(key, element) {
    if (!this.groups.has(key)) {
      const heads = [...element.children].filter((child) => !child.classList.contains("row"));
      this.groups.set(key, { element, heads });
    }
    return this.groups.get(key);
  }

  load() {
    return (this.loading ??= this.packed ? unpacked(this.packed).then((all) => this.add(all.groups, joined(all))) : Promise.resolve());
  }

  add(groups, htmls) {
    let at = 0;
    const kind = this.holder.localName === "table" ? "tbody" : "div";
    for (const [key, head, count] of groups) {
      const element = document.createElement(kind);
      if (kind === "div") element.className = "cause";
      element.append(...made(head));
      const group = this.group(String(key), element);
      for (const html of htmls.slice(at, (at += count))) this.rows.push(new Row(group, html));
    }
    this.packed.remove();
    this.matching = this.rows;
  }

  show(fits) {
    this.matching = this.rows.filter(fits);
    this.first = 0;
    this.limit = this.more ? this.window : Infinity;
    this.draw();
    return this.matching.length;
  }

  draw() {
    const drawn = this.matching.slice(this.first, this.first + this.limit);
    const groups = new Map();
    for (const row of drawn) {
      if (!groups.has(row.group)) groups.set(row.group, []);
      groups.get(row.group).push(row.element);
    }
    for (const group of this.groups.values()) if (!groups.has(group)) group.element.remove();
    for (const [group, elements] of groups) {
      group.element.replaceChildren(...group.heads, ...elements);
      this.holder.insertBefore(group.element, this.holder === this.section ? this.more : null);
    }
    if (this.section.matches(".filtered")) this.section.hidden = this.rows.length > 0 && drawn.length === 0;
    this.tell(drawn.length);
  }

  tell(drawn) {
    if (!this.more) return;
    const total = this.matching.length;
    const left = total - this.first - drawn;
    this.more.hidden = left === 0 && this.first === 0;
    this.more.querySelector("button").textContent =
      left > 0 ? `Show ${Math.min(left, this.window)} more` : "Show from the first";
    const from = this.first ? `${(this.first + 1).toLocaleString("en")} to ` : "";
    const to = (this.first + drawn).toLocaleString("en");
    this.more.querySelector(".shown").textContent = `${from}${to} of ${total.toLocaleString("en")} shown`;
  }

  async showMore() {
    await this.load();
    if (this.first + this.limit < this.matching.length) this.limit += this.window;
    else [this.first, this.limit] = [0, this.window];
    this.draw();
  }

  async find(id) {
    if (!this.packed) return null;
    await this.load();
    const named = ` id="${quoted(id)}"`;
    return this.rows.find((row) => (row.node ? row.node.id === id : row.html.includes(named)));
  }

  reveal(row) {
    const place = this.matching.indexOf(row);
    if (place >= this.first && place < this.first + this.limit) return;
    this.first = place - (place % this.window);
    this.limit = this.window;
    this.draw();
  }
}

const lists = [...document.querySelectorAll(".filtered")].map((section) => new List(section));
