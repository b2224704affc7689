// Draws each chart out of the table that says the same in words. Colours are the style sheet's, so that they follow the
// scheme; without this script the table is all that there is.
"use strict";

const OUTCOMES = {
  approve: "--approve",
  restrict: "--restrict",
  reject: "--reject",
  "in review": "--review",
  quarantined: "--none",
  "under way": "--wait",
};
const LINES = ["--wait", "--restrict", "--reject"];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function read(table) {
  const [, ...heads] = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  return {
    labels: rows.map((row) => row.cells[0].textContent.trim()),
    series: heads.map((head, number) => ({
      label: head.textContent.trim(),
      outcome: head.dataset.outcome,
      data: rows.map((row) => {
        const text = row.cells[number + 1].textContent.replaceAll(",", "").trim();
        return text === "" ? null : Number(text);
      }),
    })),
  };
}

// "2026-11-21 14:00" as "14:00" within a day or two, as "11-21" beyond.
function shortened(labels) {
  const isLong = labels.length > 1 && new Date(labels.at(-1)) - new Date(labels[0]) > 2 * 86_400_000;
  return labels.map((label) => (isLong ? label.slice(5, 10) : label.slice(11)));
}

function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function options(table, kind) {
  const ink = colour("--quiet");
  const line = colour("--line");
  const isLines = kind === "lines";
  const values = table.series.flatMap((each) => each.data).filter((value) => value > 0);
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: { position: "bottom", align: "start", labels: { color: colour("--ink"), boxWidth: 10, boxHeight: 10, padding: 12 } },
      tooltip: {
        callbacks: {
          title: ([first]) => `${table.labels[first.dataIndex]} UTC`,
          ...(isLines ? { label: (point) => `${point.dataset.label}: ${duration(point.raw)}` } : {}),
        },
      },
    },
    scales: {
      x: { stacked: !isLines, grid: { display: false }, border: { color: line }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 14 } },
      y: {
        stacked: !isLines,
        type: isLines ? "logarithmic" : "linear",
        beginAtZero: !isLines,
        // Room above and below, so that values that lie close together aren't drawn as if they were far apart.
        ...(isLines ? { min: Math.min(...values) / 2, max: Math.max(...values) * 2 } : {}),
        grid: { color: line },
        border: { display: false },
        ticks: { color: ink, maxTicksLimit: 5, ...(isLines ? { callback: duration } : { precision: 0 }) },
      },
    },
  };
}

function dataset(series, number, kind) {
  if (kind === "lines") {
    const own = colour(LINES[number % LINES.length]);
    return { label: series.label.replace(", s", ""), data: series.data, borderColor: own, backgroundColor: own, borderWidth: 2, pointRadius: 2, spanGaps: true };
  }
  return { label: series.label, data: series.data, backgroundColor: colour(OUTCOMES[series.outcome] ?? "--none"), barPercentage: 0.92, categoryPercentage: 0.92 };
}

const drawn = [];

function draw() {
  while (drawn.length) drawn.pop().destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    const kind = canvas.dataset.chart;
    const table = read(document.getElementById(canvas.dataset.table));
    const data = { labels: shortened(table.labels), datasets: table.series.map((each, number) => dataset(each, number, kind)) };
    drawn.push(new Chart(canvas, { type: kind === "lines" ? "line" : "bar", data, options: options(table, kind) }));
  }
}

if (window.Chart) {
  draw();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
} else {
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    canvas.closest(".chart").hidden = true;
  }
}
