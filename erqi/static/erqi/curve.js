// Draws every monthly curve of a page. The table under each carries the same numbers for readers without scripts.
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function options(box, data) {
  const { words } = data;
  const text = { color: colour("muted"), fontFamily: colour("font"), fontSize: 12 };
  const line = (name, numbers, { symbol, color, type }) => ({ name, type: "line", data: numbers, symbol, symbolSize: 7, color, lineStyle: { width: 2.5, type } });
  return {
    aria: { enabled: true, label: { description: box.dataset.label } },
    animation: !still.matches,
    textStyle: text,
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
      data.original && line(words.original, data.original, { symbol: "triangle", color: colour("plan"), type: "dotted" }),
      line(words.scheduled, data.scheduled, { symbol: "diamond", color: colour("unknown"), type: "dashed" }),
      line(words.done, data.done, { symbol: "circle", color: colour("done"), type: "solid" }),
      { name: words.invested, type: "bar", data: data.invested, barMaxWidth: 22, itemStyle: { color: colour("done"), borderRadius: [3, 3, 0, 0], opacity: 0.45 } },
    ].filter(Boolean),
  };
}

async function draw(box) {
  const data = JSON.parse(document.getElementById(box.dataset.numbers).textContent);
  const echarts = await import(box.dataset.library);
  const chart = echarts.init(box);
  const paint = () => chart.setOption(options(box, data));
  paint();
  new ResizeObserver(() => chart.resize()).observe(box);
  dark.addEventListener("change", paint);
}

document.querySelectorAll(".chart[data-numbers]").forEach(draw);
