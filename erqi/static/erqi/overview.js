// Draws the monthly curve. The table under it carries the same numbers for readers without scripts.
const box = document.getElementById("curve-chart");
const data = JSON.parse(document.getElementById("curve-data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function options() {
  const { words } = data;
  const text = { color: colour("muted"), fontFamily: colour("font"), fontSize: 12 };
  const marked = (series) => ({ ...series, symbolSize: 7, lineStyle: { width: 2.5, ...series.lineStyle } });
  return {
    aria: { enabled: true, label: { description: box.dataset.label } },
    animation: !still.matches,
    textStyle: text,
    color: [colour("unknown"), colour("done"), colour("done")],
    // On a phone the legend takes two lines.
    grid: { left: 8, right: 12, top: box.clientWidth < 480 ? 60 : 40, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemGap: 18, textStyle: text },
    tooltip: {
      trigger: "axis",
      // HTML tooltips would need inline styles, which our content security policy refuses.
      renderMode: "richText",
      valueFormatter: (value) => (value == null ? "—" : `${value.toFixed(2)} ${words.unit}`),
      backgroundColor: colour("card"),
      borderColor: colour("line"),
      textStyle: { ...text, color: colour("ink") },
    },
    xAxis: { type: "category", data: data.months, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } }, axisLabel: text },
    yAxis: { type: "value", splitLine: { lineStyle: { color: colour("line") } }, axisLabel: text },
    series: [
      marked({ name: words.scheduled, type: "line", data: data.scheduled, symbol: "diamond", lineStyle: { type: "dashed" } }),
      marked({ name: words.done, type: "line", data: data.done, symbol: "circle" }),
      { name: words.invested, type: "bar", data: data.invested, barMaxWidth: 22, itemStyle: { borderRadius: [3, 3, 0, 0], opacity: 0.45 } },
    ],
  };
}

const echarts = await import(box.dataset.library);
const chart = echarts.init(box);
chart.setOption(options());
new ResizeObserver(() => chart.resize()).observe(box);
dark.addEventListener("change", () => chart.setOption(options()));
