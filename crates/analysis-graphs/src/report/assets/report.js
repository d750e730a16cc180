(() => {
  "use strict";

  // Tables: a click on a heading sorts by its column.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    return value === undefined ? cell.textContent.trim() : Number(value);
  };
  const sort = (table, heading, column) => {
    const wasDescending = heading.getAttribute("aria-sort") === "descending";
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const isNumber = rows.every((row) => row.cells[column].dataset.value !== undefined
      || /^\d+$/.test(row.cells[column].textContent.trim()));
    // Numbers begin with the greatest, names with the first.
    const descending = heading.hasAttribute("aria-sort") ? !wasDescending : isNumber;
    const collator = new Intl.Collator(undefined, { numeric: true });
    rows.sort((a, b) => {
      const [left, right] = [valueOf(a, column), valueOf(b, column)];
      const order = isNumber ? Number(left) - Number(right) : collator.compare(left, right);
      return descending ? -order : order;
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...rows);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    if (table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      if (heading.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => sort(table, heading, column));
    });
  }

  // Maps: what is chosen is shown.
  const element = (id) => document.getElementById(id);
  if (!element("map-data")) return;
  const data = JSON.parse(element("map-data").textContent);
  const picker = element("map-picker");
  const [showSelect, themeSelect] = [element("map-show"), element("map-theme")];
  const layers = [...document.querySelectorAll(".map-layer")];
  // In the order of the data; sorting moves them.
  const rowsOfLayers = layers.map((box) => [...box.querySelectorAll("tbody tr")]);
  const option = (select, value, text) => select.append(new Option(text, value));
  const withThousands = (count) => {
    const digits = String(count);
    return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, "\u2009");
  };
  const classOf = (edges, count) => {
    const place = edges.findIndex((edge) => count <= edge);
    return place < 0 ? edges.length - 1 : place;
  };
  const chosenLayer = () => Number(picker.elements["map-layer"].value);
  const textOf = (layer, count) => {
    if (count === null) return "·";
    return count === 0 && !layer.zeros ? "" : withThousands(count);
  };

  const fillThemes = () => {
    const show = data.shows.find((candidate) => candidate.show === Number(showSelect.value));
    themeSelect.replaceChildren();
    option(themeSelect, -1, show ? "Any theme" : "Everybody who took part");
    for (const [code, name] of show ? show.themes : []) option(themeSelect, code, name);
    themeSelect.disabled = !show;
  };
  const fillShows = () => {
    const layer = data.layers[chosenLayer()];
    const shows = new Set(layer.maps.map((map) => map.show));
    const chosen = showSelect.value;
    showSelect.replaceChildren();
    option(showSelect, -1, "All radio shows");
    for (const show of data.shows) if (shows.has(show.show)) option(showSelect, show.show, show.name);
    showSelect.value = [...showSelect.options].some((one) => one.value === chosen) ? chosen : "-1";
  };

  const legendItem = (name, text) => {
    const item = document.createElement("li");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "map");
    svg.setAttribute("viewBox", "0 0 26 15");
    svg.setAttribute("aria-hidden", "true");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("class", name);
    rect.setAttribute("width", "26");
    rect.setAttribute("height", "15");
    svg.append(rect);
    item.append(svg, text);
    return item;
  };
  const drawLegend = (list, map) => {
    const items = map.counts.includes(0) ? [legendItem("k0", "0")] : [];
    for (let place = 1; place < map.edges.length; place += 1) {
      const from = Math.max(map.edges[place - 1] + 1, data.minimum);
      const to = map.edges[place];
      const text = from === to ? withThousands(to) : `${withThousands(from)} – ${withThousands(to)}`;
      items.push(legendItem(`k${place}`, text));
    }
    if (map.counts.includes(null)) items.push(legendItem("hidden", "hidden"));
    list.replaceChildren(...items);
  };
  const drawMap = (box, layer, map) => {
    const heading = `${map.title}, by ${layer.unit}`;
    box.querySelector("h3").textContent = heading;
    const picture = box.querySelector(".map-and-legend");
    picture.className = `map-and-legend of${map.edges.length - 1}`;
    for (const path of box.querySelectorAll("path[data-c]")) {
      const count = map.counts[path.dataset.c];
      path.setAttribute("class", count === null ? "hidden" : `k${classOf(map.edges, count)}`);
      const title = path.querySelector("title");
      const text = count === null ? "hidden" : withThousands(count);
      title.textContent = `${layer.names[path.dataset.c]}: ${text}`;
    }
    for (const label of box.querySelectorAll(".label")) {
      const text = textOf(layer, map.counts[label.dataset.c]);
      label.classList.toggle("none", text === "");
      label.querySelector(".count").textContent = text;
    }
    drawLegend(box.querySelector(".legend"), map);
    const rows = rowsOfLayers[layers.indexOf(box)];
    layer.names.forEach((name, place) => {
      const cell = rows[place].cells[1];
      const count = map.counts[place];
      cell.dataset.value = count === null ? -1 : count;
      const hidden = document.createElement("span");
      hidden.className = "hidden-count";
      hidden.textContent = "hidden";
      cell.replaceChildren(count === null ? hidden : withThousands(count));
    });
    // The greatest first, hidden ones last.
    const value = (row) => Number(row.cells[1].dataset.value);
    const sorted = [...rows].sort((a, b) => value(b) - value(a));
    box.querySelector("tbody").append(...sorted);
    for (const heading of box.querySelectorAll("th[aria-sort]")) heading.removeAttribute("aria-sort");
    return heading;
  };
  const describe = (layer, map, heading) => {
    const known = layer.names.map((name, place) => [map.counts[place], name]).filter(([count]) => count);
    known.sort((a, b) => b[0] - a[0]);
    const most = known.slice(0, 3).map(([count, name]) => `${name} ${count}`).join(", ");
    return `${heading}. ${most ? `Most: ${most}.` : "No count above zero is shown."}`;
  };
  const show = () => {
    const place = chosenLayer();
    const layer = data.layers[place];
    const [wantedShow, wantedTheme] = [Number(showSelect.value), Number(themeSelect.value)];
    const map = layer.maps.find((one) => one.show === wantedShow && one.theme === wantedTheme)
      ?? layer.maps[0];
    layers.forEach((box, number) => { box.hidden = number !== place; });
    const heading = drawMap(layers[place], layer, map);
    element("map-status").textContent = describe(layer, map, heading);
  };
  const step = (by) => {
    const maps = data.layers[chosenLayer()].maps;
    const [wantedShow, wantedTheme] = [Number(showSelect.value), Number(themeSelect.value)];
    const place = maps.findIndex((one) => one.show === wantedShow && one.theme === wantedTheme);
    const next = maps[(place + by + maps.length) % maps.length];
    showSelect.value = next.show;
    fillThemes();
    themeSelect.value = next.theme;
    show();
  };
  picker.addEventListener("change", (event) => {
    const theme = themeSelect.value;
    if (event.target.name === "map-layer") {
      fillShows();
      fillThemes();
      if ([...themeSelect.options].some((one) => one.value === theme)) themeSelect.value = theme;
    } else if (event.target === showSelect) {
      fillThemes();
    }
    show();
  });
  picker.addEventListener("submit", (event) => event.preventDefault());
  element("map-previous").addEventListener("click", () => step(-1));
  element("map-next").addEventListener("click", () => step(1));
  fillShows();
  fillThemes();
  picker.hidden = false;
  show();
})();
