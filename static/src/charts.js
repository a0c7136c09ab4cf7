// Charts above their tables, drawn by Chart.js, which the build puts before this. A figure says all in its table:
// the first column names a bar, the others are its parts. Without JavaScript the table is all there is, and enough.

const INK = "#212b32";
const LINE = "#d8dde0";
// Told apart by pattern as well as by colour; each outline has 3:1 against white. _routines.scss has the same for bars.
const LOOKS = [
  { line: "#005eb8", ground: "#005eb8" },
  { line: "#b8440a", ground: "#ffffff", draw: stripes },
  { line: "#212b32", ground: "#d8dde0", draw: dots },
  { line: "#00703c", ground: "#ffffff", draw: lattice },
];

function stripes(pen) {
  for (const start of [-8, 0, 8]) { pen.moveTo(start, 8); pen.lineTo(start + 8, 0); }
  pen.stroke();
}

function dots(pen) {
  for (const [x, y] of [[2, 2], [6, 6]]) { pen.beginPath(); pen.arc(x, y, 1.3, 0, 2 * Math.PI); pen.fill(); }
}

function lattice(pen) {
  for (const at of [0, 4]) { pen.moveTo(at, 0); pen.lineTo(at, 8); pen.moveTo(0, at); pen.lineTo(8, at); }
  pen.stroke();
}

function filled({ line, ground, draw }) {
  if (!draw) return ground;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = pen.fillStyle = line;
  pen.lineWidth = 2;
  draw(pen);
  return pen.createPattern(tile, "repeat");
}

// A cell's number, or none where it says something else, such as that it is too small to be shown.
const number = (cell) => Number.parseFloat((cell.dataset.value ?? cell.textContent).replaceAll(",", ""));
const words = (cell) => (cell.dataset.label ?? cell.textContent).trim();

function read(table) {
  const rows = [...table.tBodies[0].rows];
  return {
    labels: rows.map((row) => words(row.cells[0])),
    datasets: [...table.tHead.rows[0].cells].slice(1).map((heading, place) => ({
      label: words(heading),
      data: rows.map((row) => number(row.cells[place + 1])),
      backgroundColor: filled(LOOKS[place % LOOKS.length]),
      borderColor: LOOKS[place % LOOKS.length].line,
      borderWidth: 1,
      maxBarThickness: 56,
    })),
  };
}

function options(stacked) {
  const font = { family: "arial, sans-serif", size: 14 };
  const ticks = { color: INK, font };
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: { stacked, ticks: { ...ticks, maxRotation: 0 }, grid: { display: false }, border: { color: INK } },
      y: { stacked, beginAtZero: true, ticks: { ...ticks, precision: 0 }, grid: { color: LINE }, border: { display: false } },
    },
    plugins: {
      legend: { position: "bottom", align: "start", labels: { color: INK, font, boxWidth: 24, boxHeight: 16, padding: 16 } },
      tooltip: { titleFont: font, bodyFont: font, padding: 12, boxPadding: 6 },
    },
  };
}

function fold(table) {
  const details = document.createElement("details");
  details.className = "nhsuk-details app-chart__table";
  details.innerHTML = '<summary class="nhsuk-details__summary"><span class="nhsuk-details__summary-text">See the figures as a table</span></summary><div class="nhsuk-details__text"></div>';
  table.before(details);
  details.lastElementChild.append(table);
  return details;
}

function show(figure) {
  const table = figure.querySelector("table");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", figure.querySelector("figcaption").textContent.trim());
  const place = document.createElement("div");
  place.className = "app-chart__canvas";
  place.append(canvas);
  const data = read(table);
  fold(table).before(place);
  return new Chart(canvas, { type: "bar", data, options: options(figure.dataset.chart === "stacked") });
}

const charts = [...document.querySelectorAll("figure[data-chart]")].filter((figure) => figure.querySelector("tbody tr")).map(show);
// On paper a chart is as wide as the paper, and its table is open.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll(".app-chart__table")) details.open = true;
  for (const chart of charts) chart.resize();
});
window.addEventListener("afterprint", () => { for (const chart of charts) chart.resize(); });
