'use strict';
// Draws the figures of the report. Everything drawn is in #data; nothing is computed but places of ticks.
(function () {
  const data = JSON.parse(document.getElementById('data').textContent);
  const fit = data.fit || null;

  // From small to large budgets; even steps of lightness, so that the order survives without colour.
  const RAMPS = {
    light: ['#e0a030', '#cf5a3c', '#a12b6b', '#5a2488', '#1d1a56'],
    dark: ['#6a5fd0', '#a95cc9', '#e0648f', '#f59a63', '#f9dc7c'],
  };
  let printing = false;
  const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');

  function theme() {
    const dark = darkQuery.matches && !printing;
    const style = getComputedStyle(document.documentElement);
    const variable = (name) => style.getPropertyValue(name).trim();
    const plain = { paper: '#ffffff', ink: '#000000', muted: '#555555', grid: '#e6e6e6', panel: '#ffffff', rule: '#bbbbbb' };
    const shown = {};
    Object.keys(plain).forEach((name) => { shown[name] = printing ? plain[name] : variable('--' + name); });
    shown.label = variable('--label');
    shown.faint = dark ? 0.7 : 0.5;
    shown.ramp = dark ? RAMPS.dark : RAMPS.light;
    return shown;
  }

  function mix(a, b, t) {
    const part = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
    return '#' + [0, 1, 2].map((i) =>
      Math.round(part(a, i) + (part(b, i) - part(a, i)) * t).toString(16).padStart(2, '0')).join('');
  }

  function colour(look, budget) {
    if (budget < 0) return look.muted;
    const n = data.budgets.length;
    const place = (n === 1 ? 0.5 : budget / (n - 1)) * (look.ramp.length - 1);
    const below = Math.min(Math.floor(place), look.ramp.length - 2);
    return mix(look.ramp[below], look.ramp[below + 1], place - below);
  }

  // Text ------------------------------------------------------------------------------------------

  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => '&#' + c.charCodeAt(0) + ';');
  const raised = (n) => String(n).replace(/-/g, '⁻').replace(/[0-9]/g, (d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]);

  function power(value) {
    let exponent = Math.floor(Math.log10(value) + 1e-9);
    let digits = Number((value / Math.pow(10, exponent)).toPrecision(3));
    if (digits === 10) { digits = 1; exponent += 1; }
    return (digits === 1 ? '' : digits + '·') + '10' + raised(exponent);
  }

  function compact(value) {
    if (value >= 1e15 || value < 1) return power(value);
    const group = Math.min(4, Math.floor(Math.log10(value) / 3 + 1e-9));
    return Number((value / Math.pow(1000, group)).toPrecision(3)) + ['', ' k', ' M', ' B', ' T'][group];
  }

  const nats = (value) => value.toFixed(3);

  function tip(title, lines) {
    return '<b>' + escape(title) + '</b>' + lines.map(([what, value]) =>
      '<br><span style="opacity:.7">' + escape(what) + '</span>&ensp;' + escape(value)).join('');
  }

  function runTip(run, point) {
    const lines = [['parameters', compact(run.parameters)], ['tokens', compact(point.tokens)],
      ['compute', power(point.flops) + ' FLOPs'], ['held-out loss', nats(point.loss) + ' nats/token']];
    if (point.bitsPerByte) lines.push(['', nats(point.bitsPerByte) + ' bits/byte']);
    return tip(run.name, lines);
  }

  // Axes: logarithms on plain axes, with ticks where people expect them -----------------------------

  const log = Math.log10;

  function range(values, margin) {
    const least = Math.min.apply(null, values);
    const most = Math.max.apply(null, values);
    const pad = (most - least || 0.1) * margin;
    return [least - pad, most + pad];
  }

  /** Round numbers between two logarithms: powers of ten, 1-2-5, or even steps, whichever fits. */
  function logTicks([from, to], wanted) {
    const sets = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7]];
    for (const set of sets) {
      const ticks = [];
      for (let e = Math.floor(from); e <= Math.ceil(to); e++) {
        set.forEach((d) => {
          const at = e + log(d);
          if (at >= from && at <= to) ticks.push({ at: at, value: d * Math.pow(10, e) });
        });
      }
      if (ticks.length >= wanted) {
        const stride = Math.ceil(ticks.length / (2 * wanted + 1));
        return ticks.filter((t, i) => i % stride === 0);
      }
    }
    return evenTicks(Math.pow(10, from), Math.pow(10, to), wanted + 1)
      .map((value) => ({ at: log(value), value: value }));
  }

  function evenTicks(from, to, wanted) {
    const rough = (to - from) / wanted;
    const unit = Math.pow(10, Math.floor(log(rough)));
    const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= rough);
    const ticks = [];
    for (let i = Math.ceil(from / step); i * step <= to; i++) ticks.push(Number((i * step).toPrecision(12)));
    return ticks;
  }

  function axis(look, name, limits, vertical) {
    return {
      type: 'value', min: limits[0], max: limits[1], name: name,
      nameLocation: vertical ? 'end' : 'middle', nameGap: vertical ? 14 : 34,
      nameTextStyle: { color: look.muted, fontFamily: look.label, fontSize: 13, align: vertical ? 'left' : 'center', padding: vertical ? [0, 0, 0, -52] : 0 },
      axisLine: { show: !vertical, lineStyle: { color: look.ink, width: 1 } },
      axisTick: { show: false }, axisLabel: { show: false }, splitLine: { show: false }, splitNumber: 2,
    };
  }

  /** Grid lines with labels at chosen places, which the library's own ticks cannot be given. */
  function grid(look, xTicks, yTicks, xText, yText) {
    const line = (key, tick, text) => ({
      [key]: tick.at,
      label: { show: true, formatter: text(tick.value), position: 'start', distance: 7, color: look.muted, fontFamily: look.label, fontSize: 12 },
      lineStyle: { color: look.grid, width: 1, type: 'solid' },
    });
    return {
      type: 'scatter', data: [], silent: true, z: 0,
      markLine: {
        silent: true, symbol: 'none', animation: false, precision: 12, z: 0,
        data: xTicks.map((t) => line('xAxis', t, xText)).concat(yTicks.map((t) => line('yAxis', t, yText))),
      },
    };
  }

  function chart(look, x, y, series) {
    return {
      animation: false, backgroundColor: 'transparent',
      textStyle: { fontFamily: look.label, color: look.ink },
      grid: { left: 54, right: 18, top: 34, bottom: 50 },
      tooltip: {
        trigger: 'item', confine: true, backgroundColor: look.panel, borderColor: look.rule, borderWidth: 1, padding: [8, 12],
        textStyle: { color: look.ink, fontFamily: look.label, fontSize: 13 }, extraCssText: 'box-shadow:0 2px 10px rgba(0,0,0,.12);border-radius:3px',
        formatter: (p) => (p.data && p.data.tip) || '',
      },
      xAxis: axis(look, x.name, x.limits, false), yAxis: axis(look, y.name, y.limits, true),
      series: [grid(look, x.ticks, y.ticks, x.text, y.text)].concat(series),
    };
  }

  function curve(points, ink, extra) {
    return Object.assign({
      type: 'line', data: points, showSymbol: false, silent: true, z: 2,
      lineStyle: { color: ink, width: 1.75 }, emphasis: { disabled: true },
    }, extra || {});
  }

  function dots(points, extra) {
    return Object.assign({ type: 'scatter', data: points, symbolSize: 9, z: 5 }, extra || {});
  }

  function dot(look, ink, at, text) {
    return { value: at, tip: text, itemStyle: { color: ink, borderColor: look.paper, borderWidth: 1, opacity: 1 } };
  }

  function ring(look, ink, at, text) {
    return { value: at, tip: text, itemStyle: { color: look.paper, borderColor: ink, borderWidth: 2, opacity: 1 } };
  }

  const last = (run) => run.checkpoints[run.checkpoints.length - 1];
  const finished = data.runs.filter((run) => run.finished);

  function lossAxis(values, name) {
    const limits = range(values.map(log), 0.06);
    const small = limits[1] - limits[0] < 0.08;
    return { name: name, limits: limits, ticks: logTicks(limits, 4), text: (v) => v.toFixed(small ? 2 : 1).replace(/^(\d\d+)\.0$/, '$1') };
  }

  function flopsAxis(values) {
    const limits = range(values.map(log), 0.05);
    return { name: 'Training compute C, FLOPs', limits: limits, ticks: logTicks(limits, 3), text: power };
  }

  // Figures ---------------------------------------------------------------------------------------

  const figures = {
    compute(look) {
      const points = data.runs.flatMap((run) => run.checkpoints);
      // Untrained checkpoints would squeeze the rest: the axis ends a little above the worst baseline or run.
      const important = finished.map((r) => last(r).loss).concat(data.baselines.map((b) => b.loss));
      const roof = Math.max.apply(null, important.length ? important : points.map((p) => p.loss)) * 1.04;
      const best = ((fit && fit.bestLoss) || []).filter((p) => p[1] <= roof);
      const y = lossAxis(points.map((p) => Math.min(p.loss, roof)).concat(important, best.map((p) => p[1])), 'Held-out loss, nats per token');
      const series = data.runs.map((run) => curve(
        run.checkpoints.map((p) => [log(p.flops), log(p.loss)]), colour(look, run.budget), { lineStyle: { color: colour(look, run.budget), width: 1.1, opacity: look.faint } }));
      series.push(dots(data.runs.flatMap((run) => run.checkpoints.slice(0, run.finished ? -1 : undefined).map((p) =>
        ({ value: [log(p.flops), log(p.loss)], tip: runTip(run, p), itemStyle: { color: colour(look, run.budget), opacity: look.faint } }))), { symbolSize: 3.5, z: 3 }));
      series.push(dots(finished.map((run) => dot(look, colour(look, run.budget), [log(last(run).flops), log(last(run).loss)], runTip(run, last(run))))));
      if (best.length) series.push(curve(best.map((p) => [log(p[0]), log(p[1])]), look.muted, { z: 1, lineStyle: { color: look.muted, width: 4, opacity: 0.4 } }));
      if (data.baselines.length) {
        series.push({
          type: 'scatter', data: [], silent: true,
          markLine: {
            silent: true, symbol: 'none', animation: false, precision: 12,
            data: data.baselines.map((b) => ({
              yAxis: log(b.loss), lineStyle: { color: look.ink, width: 1, type: [5, 4] },
              label: { show: true, position: 'insideEndTop', formatter: b.name + '  ' + nats(b.loss), color: look.ink, fontFamily: look.label, fontSize: 12 },
            })),
          },
        });
      }
      return chart(look, flopsAxis(points.map((p) => p.flops)), y, series);
    },

    isoflop(look) {
      const curves = fit.isoflop.filter((c) => c.curve);
      const xs = finished.map((r) => r.parameters);
      const shown = curves.flatMap((c) => c.curve);
      const x = { name: 'Parameters N', limits: range(xs.concat(shown.map((p) => p[0])).map(log), 0.03), text: compact };
      x.ticks = logTicks(x.limits, 4);
      const y = lossAxis(finished.map((r) => last(r).loss).concat(shown.map((p) => p[1])), 'Held-out loss, nats per token');
      // Room for the labels under the lowest minima.
      y.limits[0] -= 0.06 * (y.limits[1] - y.limits[0]);
      const series = curves.map((c) => curve(c.curve.map((p) => [log(p[0]), log(p[1])]), colour(look, c.budget), { lineStyle: { color: colour(look, c.budget), width: 1.5, opacity: 0.75 } }));
      series.push(dots(finished.map((run) => dot(look, colour(look, run.budget), [log(run.parameters), log(last(run).loss)], runTip(run, last(run))))));
      series.push(dots(curves.filter((c) => c.parameters).map((c) => Object.assign(
        ring(look, colour(look, c.budget), [log(c.parameters), log(c.loss)], tip('Minimum at ' + power(c.flops) + ' FLOPs', [['parameters', compact(c.parameters)], ['tokens', compact(c.tokens)], ['loss', nats(c.loss) + ' nats/token']])),
        { label: { show: curves.length <= 8, formatter: compact(c.parameters), position: 'bottom', distance: 7, color: look.ink, fontFamily: look.label, fontSize: 12 } })), { symbolSize: 13, z: 6 }));
      return chart(look, x, y, series);
    },

    residuals(look) {
      const shown = finished.filter((run) => run.predicted !== undefined);
      const held = fit.heldOut;
      const values = shown.flatMap((r) => [last(r).loss, r.predicted]).concat(held.flatMap((h) => [h.measured, h.predicted]));
      const x = lossAxis(values, 'Measured loss, nats per token');
      const y = Object.assign({}, x, { name: 'Predicted loss' });
      const series = [curve([[x.limits[0], x.limits[0]], [x.limits[1], x.limits[1]]], look.muted, { z: 1, lineStyle: { color: look.muted, width: 1, type: [5, 4] } })];
      held.filter((h) => h.lower).forEach((h) => series.push(curve([[log(h.measured), log(h.lower)], [log(h.measured), log(h.upper)]], look.muted, { z: 3, lineStyle: { color: look.muted, width: 1.25 } })));
      series.push(dots(shown.map((run) => dot(look, colour(look, run.budget), [log(last(run).loss), log(run.predicted)], tip(run.name, [['measured', nats(last(run).loss) + ' nats/token'], ['law', nats(run.predicted) + ' nats/token']]))), { symbolSize: 8 }));
      series.push(dots(held.map((h) => ring(look, look.ink, [log(h.measured), log(h.predicted)], tip(h.name + ', held out', [['measured', nats(h.measured) + ' nats/token'], ['predicted', nats(h.predicted) + ' nats/token']]))), { symbolSize: 8, z: 4 }));
      return chart(look, x, y, series);
    },

    optimal(look) {
      const inks = [colour(look, data.budgets.length - 1), colour(look, 0)];
      const sets = [
        { line: fit.bestParameters, lower: 'lower', upper: 'upper', at: 'parameters', ink: inks[0], name: 'parameters N' },
        { line: fit.bestTokens, lower: 'tokensLower', upper: 'tokensUpper', at: 'tokens', ink: inks[1], name: 'tokens D' },
      ];
      const x = flopsAxis(fit.bestParameters.map((p) => p[0]));
      x.ticks = logTicks(x.limits, 3);
      const bounds = fit.intervals.flatMap((i) => [i.lower, i.upper, i.tokensLower, i.tokensUpper]);
      const y = { name: 'Best size and tokens', limits: range(sets.flatMap((s) => s.line.map((p) => p[1])).concat(bounds).map(log), 0.06), text: compact };
      y.ticks = logTicks(y.limits, 3);
      const series = [];
      sets.forEach((set) => {
        const points = set.line.map((p) => [log(p[0]), log(p[1])]);
        const end = log(fit.fittedUpTo) + 1e-9;
        fit.intervals.forEach((i) => series.push(curve([[log(i.flops), log(i[set.lower])], [log(i.flops), log(i[set.upper])]], set.ink,
          { z: 1, lineStyle: { color: set.ink, width: 8, opacity: 0.25, cap: 'butt' } })));
        series.push(curve(points.filter((p) => p[0] <= end), set.ink, {}));
        series.push(curve(points.filter((p, i) => p[0] > end || (points[i + 1] && points[i + 1][0] > end)), set.ink, { lineStyle: { color: set.ink, width: 1.75, type: [5, 4] } }));
        series.push(dots(fit.isoflop.filter((c) => c.parameters).map((c) => ring(look, set.ink, [log(c.flops), log(c[set.at])], tip('isoFLOP minimum', [['compute', power(c.flops) + ' FLOPs'], [set.name, compact(c[set.at])]])))));
      });
      return chart(look, x, y, series);
    },
  };

  // Lines of several models: families, diagnostics ---------------------------------------------------

  function lineAxis(axis, values) {
    const limits = range(axis.log ? values.map(log) : values, 0.05);
    const ticks = axis.log ? logTicks(limits, 3) : evenTicks(limits[0], limits[1], 5).map((v) => ({ at: v, value: v }));
    const text = (v) => (v >= 1e6 || (v < 1e-2 && v > 0) ? power(v) : String(Number(v.toPrecision(4))));
    return { name: axis.name, limits: limits, ticks: ticks, text: text };
  }

  function lineInk(look, i, n) {
    const place = (n === 1 ? 0.5 : i / (n - 1)) * (look.ramp.length - 1);
    const below = Math.min(Math.floor(place), look.ramp.length - 2);
    return mix(look.ramp[below], look.ramp[below + 1], place - below);
  }

  function lineFigure(figure) {
    return (look) => {
      const drawn = figure.series.filter((s) => s.points.length);
      const points = drawn.flatMap((s) => s.points);
      const at = ([x, y]) => [figure.x.log ? log(x) : x, figure.y.log ? log(y) : y];
      const series = drawn.map((s, i) => curve(s.points.map(at), lineInk(look, i, drawn.length)));
      drawn.forEach((s, i) => series.push(dots(s.points.map((p) => dot(look, lineInk(look, i, drawn.length), at(p),
        tip(s.name, [[figure.x.name, compactOrPlain(p[0])], [figure.y.name, compactOrPlain(p[1])]]))), { symbolSize: 5 })));
      return chart(look, lineAxis(figure.x, points.map((p) => p[0])), lineAxis(figure.y, points.map((p) => p[1])), series);
    };
  }

  const compactOrPlain = (v) => (v >= 1e6 || (v < 1e-3 && v > 0) ? power(v) : String(Number(v.toPrecision(4))));

  Object.keys(data.lines).forEach((id) => { figures[id] = lineFigure(data.lines[id]); });

  // Legends ---------------------------------------------------------------------------------------

  function budgetLegend(look) {
    const n = data.budgets.length;
    const step = Math.max(1, Math.ceil(n / 9));
    return data.budgets.map((b, i) => ({ ink: colour(look, i), text: power(b.flops) + ' FLOPs' })).filter((b, i) => i % step === 0 || i === n - 1);
  }

  const legends = {
    compute: (look) => budgetLegend(look).concat(fit && fit.bestLoss ? [{ ink: look.muted, text: 'law at the best size', mark: 'line' }] : []),
    isoflop: budgetLegend,
    residuals: (look) => (fit.heldOut.length ? [{ ink: look.muted, text: 'fitted, by budget' }, { ink: look.ink, text: 'predicted without having seen it', mark: 'ring' }] : []),
    optimal: (look) => [{ ink: colour(look, data.budgets.length - 1), text: 'parameters N', mark: 'line' }, { ink: colour(look, 0), text: 'tokens D', mark: 'line' }],
  };

  Object.keys(data.lines).forEach((id) => {
    const drawn = data.lines[id].series.filter((s) => s.points.length);
    legends[id] = (look) => drawn.map((s, i) => ({ ink: lineInk(look, i, drawn.length), text: s.name, mark: 'line' }));
  });

  function drawLegend(name, look) {
    const place = document.querySelector('[data-legend="' + name + '"]');
    place.replaceChildren(...legends[name](look).map((entry) => {
      const item = document.createElement('span');
      const mark = document.createElement('i');
      mark.className = entry.mark || '';
      if (entry.mark) mark.style.borderColor = entry.ink; else mark.style.background = entry.ink;
      item.append(mark, entry.text);
      return item;
    }));
  }

  // Page ------------------------------------------------------------------------------------------

  const drawn = [];

  function draw() {
    const look = theme();
    document.querySelectorAll('[data-chart]').forEach((place) => {
      const name = place.dataset.chart;
      let instance = echarts.getInstanceByDom(place);
      if (!instance) {
        instance = echarts.init(place, null, { renderer: 'svg' });
        drawn.push(instance);
      }
      instance.setOption(figures[name](look), true);
      drawLegend(name, look);
    });
  }

  function sortable(table) {
    const headings = Array.from(table.tHead.rows[0].cells);
    const key = (row, c) => {
      const cell = row.cells[c];
      return cell.dataset.value === undefined ? cell.textContent : cell.dataset.value === '' ? NaN : Number(cell.dataset.value);
    };
    headings.forEach((heading, c) => heading.firstElementChild.addEventListener('click', () => {
      const up = heading.getAttribute('aria-sort') !== 'ascending';
      headings.forEach((h) => h.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const rows = Array.from(table.tBodies[0].rows);
      rows.sort((a, b) => {
        const x = key(a, c);
        const y = key(b, c);
        if (typeof x === 'string') return (up ? 1 : -1) * x.localeCompare(y, undefined, { numeric: true });
        // What has no value goes last, whichever way.
        if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
        return (up ? 1 : -1) * (x - y);
      });
      table.tBodies[0].append(...rows);
    }));
  }

  draw();
  document.querySelectorAll('table[data-sortable]').forEach(sortable);
  darkQuery.addEventListener('change', draw);
  window.addEventListener('resize', () => drawn.forEach((instance) => instance.resize()));

  /** Paper is narrower than the window: the drawings are kept and scaled, in the colours of paper. */
  function drawForPaper(starts) {
    printing = starts;
    draw();
    drawn.forEach((instance) => {
      instance.getZr().flush();
      const svg = instance.getDom().querySelector('svg');
      if (starts) svg.setAttribute('viewBox', '0 0 ' + instance.getWidth() + ' ' + instance.getHeight());
      else svg.removeAttribute('viewBox');
    });
  }

  window.addEventListener('beforeprint', () => drawForPaper(true));
  window.addEventListener('afterprint', () => drawForPaper(false));
})();
