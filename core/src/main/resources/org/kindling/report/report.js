'use strict';
// Draws the charts of the report, whose marks are all in #data: nothing is computed here but places of ticks.
(function () {
  const data = JSON.parse(document.getElementById('data').textContent);
  const root = document.documentElement;
  const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
  const log = Math.log10;
  let printing = false;

  // Colours ---------------------------------------------------------------------------------------

  // Budgets from small to large: even steps of lightness, so that the order survives without colour.
  const RAMP = {
    light: ['#e0a030', '#cf5a3c', '#a12b6b', '#5a2488', '#1d1a56'],
    dark: ['#6a5fd0', '#a95cc9', '#e0648f', '#f59a63', '#f9dc7c'],
  };
  // Okabe and Ito's colours, told apart by the colour-blind; darkened or lightened for the paper.
  const SERIES = {
    light: ['#0072b2', '#d55e00', '#007e5c', '#a8508a', '#7a6a00', '#2a8fc4', '#555555', '#b8860b'],
    dark: ['#56b4e9', '#f0894a', '#2fc79b', '#dd94c0', '#f0e442', '#8fd0f5', '#bbbbbb', '#e69f00'],
  };

  const isDark = () => !printing && (root.dataset.theme ? root.dataset.theme === 'dark' : systemDark.matches);

  function theme() {
    const plain = { paper: '#ffffff', ink: '#000000', muted: '#555555', grid: '#e6e6e6', panel: '#ffffff', rule: '#bbbbbb' };
    const style = getComputedStyle(root);
    const look = { dark: isDark(), label: style.getPropertyValue('--label').trim() };
    Object.keys(plain).forEach((name) => { look[name] = printing ? plain[name] : style.getPropertyValue('--' + name).trim(); });
    look.ramp = look.dark ? RAMP.dark : RAMP.light;
    look.series = look.dark ? SERIES.dark : SERIES.light;
    return look;
  }

  function mixed(ramp, place) {
    const at = place * (ramp.length - 1);
    const below = Math.min(Math.floor(at), ramp.length - 2);
    const part = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
    const channel = (i) => Math.round(part(ramp[below], i) + (part(ramp[below + 1], i) - part(ramp[below], i)) * (at - below));
    return '#' + [0, 1, 2].map((i) => channel(i).toString(16).padStart(2, '0')).join('');
  }

  /** Of an ink's name: b3 is the budget, s1 the series, ramp:0.4 a place on the ramp. */
  function colour(look, ink) {
    if (ink.startsWith('ramp:')) return mixed(look.ramp, Number(ink.slice(5)));
    if (/^b\d+$/.test(ink)) return mixed(look.ramp, data.budgets < 2 ? 0.5 : Number(ink.slice(1)) / (data.budgets - 1));
    if (/^s\d+$/.test(ink)) return look.series[Number(ink.slice(1)) % look.series.length];
    return look[ink];
  }

  // Numbers ---------------------------------------------------------------------------------------

  const raised = (n) => String(n).replace(/-/g, '⁻').replace(/[0-9]/g, (d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]);

  function power(value) {
    let exponent = Math.floor(log(value) + 1e-9);
    let digits = Number((value / Math.pow(10, exponent)).toPrecision(3));
    if (digits === 10) { digits = 1; exponent += 1; }
    return (digits === 1 ? '' : digits + '·') + '10' + raised(exponent);
  }

  function compact(value) {
    if (value >= 1e15 || value < 1) return power(value);
    const group = Math.min(4, Math.floor(log(value) / 3 + 1e-9));
    return Number((value / Math.pow(1000, group)).toPrecision(3)) + ['', ' k', ' M', ' B', ' T'][group];
  }

  /** As many decimals as the ticks need to differ. */
  function plain(ticks, factor) {
    const decimals = Math.max(...ticks.map((v) => (String(Number((v * factor).toPrecision(6))).split('.')[1] || '').length));
    return (v) => (v * factor).toFixed(Math.min(6, decimals)).replace('-', '−');
  }

  function written(axis, ticks) {
    if (axis.format === 'power') return power;
    if (axis.format === 'compact') return compact;
    if (axis.format === 'percent') { const text = plain(ticks, 100); return (v) => text(v) + '%'; }
    const small = ticks.filter((v) => v !== 0).some((v) => Math.abs(v) < 1e-4 || Math.abs(v) >= 1e6);
    return small ? (v) => (v === 0 ? '0' : (v < 0 ? '−' : '') + power(Math.abs(v))) : plain(ticks, 1);
  }

  // Ticks: 1, 2, 5 within decades or whole powers of ten where they have room, else even steps --------

  function evenTicks(from, to, most) {
    const rough = (to - from) / Math.max(1, most);
    const unit = Math.pow(10, Math.floor(log(rough)));
    const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= rough * (1 - 1e-9));
    const ticks = [];
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-12) + 1e-12; i++) ticks.push(Number((i * step).toPrecision(12)));
    return ticks;
  }

  /** The most even ticks whose labels do not touch. */
  function roomyTicks(from, to, pixels, gap) {
    for (let most = Math.floor(2 * pixels / gap); most >= 1; most--) {
      const ticks = evenTicks(from, to, most);
      if (ticks.length < 2 || (ticks[1] - ticks[0]) / (to - from) * pixels >= gap) return ticks;
    }
    return [];
  }

  function decadeTicks(from, to, digits, stride) {
    const ticks = [];
    for (let e = Math.floor(from); e <= Math.ceil(to); e++) {
      if (((e % stride) + stride) % stride === 0) digits.forEach((d) => { if (e + log(d) >= from && e + log(d) <= to) ticks.push(d * Math.pow(10, e)); });
    }
    return ticks;
  }

  /** Limits are logarithms; gap is the least distance of two labels in pixels. */
  function logTicks(from, to, pixels, gap) {
    const roomy = (ticks) => ticks.every((t, i) => i === 0 || (log(t) - log(ticks[i - 1])) / (to - from) * pixels >= gap);
    const tries = [[[1, 2, 5], 1], [[1, 3], 1], [[1], 1], [[1], 2], [[1], 3], [[1], 5]];
    for (const [digits, stride] of tries) {
      const ticks = decadeTicks(from, to, digits, stride);
      if (ticks.length >= 3 && roomy(ticks)) return ticks;
    }
    for (let most = Math.floor(2 * pixels / gap); most >= 2; most--) {
      const ticks = evenTicks(Math.pow(10, from), Math.pow(10, to), most).filter((t) => t > 0);
      if (ticks.length > 1 && roomy(ticks)) return ticks;
    }
    return decadeTicks(from, to, [1, 2, 5], 1).slice(0, 2);
  }

  // Axes: logarithms on plain axes, with ticks where people expect them -----------------------------

  const at = (axis, value) => (axis.log ? log(value) : value);

  function limits(spec, key, index) {
    const axis = spec[key];
    const values = spec.rules.filter((r) => r[key] !== undefined).map((r) => r[key]);
    spec.marks.forEach((mark) => mark.points.forEach((p) => {
      if (!p) return;
      values.push(p[index]);
      if (index === 1 && (mark.kind === 'band' || mark.kind === 'bars')) values.push(p[2]);
    }));
    const places = values.filter((v) => (!axis.log || v > 0) && !(v > axis.to) && !(v < axis.from)).map((v) => at(axis, v));
    const least = axis.from === undefined ? places.reduce((a, b) => Math.min(a, b), Infinity) : at(axis, axis.from);
    const most = axis.to === undefined ? places.reduce((a, b) => Math.max(a, b), -Infinity) : at(axis, axis.to);
    const pad = (most - least || Math.abs(most) * 0.1 || 1) * 0.05;
    // Room for what is written under the lowest marks.
    const under = index === 1 && spec.marks.some((mark) => mark.end) ? 2 : 1;
    return [axis.from === undefined ? least - under * pad : least, axis.to === undefined ? most + pad : most];
  }

  function scale(spec, key, index, pixels, gap) {
    const axis = spec[key];
    const [from, to] = limits(spec, key, index);
    const ticks = axis.log ? logTicks(from, to, pixels, gap) : roomyTicks(from, to, pixels, gap);
    return { axis, from, to, ticks, text: written(axis, ticks) };
  }

  function axisOption(look, scaled, vertical) {
    return {
      type: 'value', min: scaled.from, max: scaled.to, name: scaled.axis.name, nameLocation: vertical ? 'end' : 'middle', nameGap: vertical ? 18 : 30,
      nameTextStyle: { color: look.muted, fontFamily: look.label, fontSize: 12.5, align: vertical ? 'left' : 'center', padding: vertical ? [0, 0, 0, -54] : 0 },
      axisLine: { show: !vertical, onZero: false, lineStyle: { color: look.ink, width: 1 } },
      axisTick: { show: false }, axisLabel: { show: false }, splitLine: { show: false }, splitNumber: 2,
    };
  }

  /** Grid lines with labels at chosen places, which the library's own ticks cannot be given. */
  function gridSeries(look, x, y) {
    const line = (key, scaled) => (tick) => ({
      [key]: at(scaled.axis, tick), lineStyle: { color: look.grid, width: 1, type: 'solid' },
      label: { show: true, formatter: scaled.text(tick), position: 'start', distance: 7, color: look.muted, fontFamily: look.label, fontSize: 12 },
    });
    return {
      type: 'scatter', data: [], silent: true, z: 0,
      markLine: { silent: true, symbol: 'none', animation: false, precision: 12, z: 0, data: x.ticks.map(line('xAxis', x)).concat(y.ticks.map(line('yAxis', y))) },
    };
  }

  function ruleSeries(look, spec) {
    const label = (rule) => ({ show: rule.text !== '', position: 'insideEndTop', formatter: rule.text, color: look.ink, fontFamily: look.label, fontSize: 12 });
    const line = (rule) => Object.assign({ lineStyle: { color: look.muted, width: 1, type: [5, 4] }, label: label(rule) },
      rule.y === undefined ? { xAxis: at(spec.x, rule.x) } : { yAxis: at(spec.y, rule.y) });
    return { type: 'scatter', data: [], silent: true, markLine: { silent: true, symbol: 'none', animation: false, precision: 12, data: spec.rules.map(line) } };
  }

  // Marks -----------------------------------------------------------------------------------------

  function lineSeries(look, spec, mark, ink) {
    const place = (p) => (p ? [at(spec.x, p[0]), at(spec.y, p[1])] : [null, null]);
    const text = (written, position) => ({ show: true, formatter: written, position, distance: 4, color: ink, opacity: 1, fontFamily: look.label, fontSize: 12 });
    const points = mark.points.map((p, i) => ({
      value: place(p), tip: p && p[2],
      symbolSize: p && p[2] ? 9 : 0, itemStyle: { opacity: mark.faint && p && p[2] ? 0.6 : 0 },
      label: i === 0 && mark.start ? text(mark.start, 'right') : undefined,
    }));
    if (mark.faint) points.forEach((p) => { p.symbolSize = Math.min(p.symbolSize, 3.5); });
    return {
      type: 'line', data: points, symbol: 'circle', showSymbol: true, showAllSymbol: true, z: mark.faint ? 2 : 3, emphasis: { disabled: true }, itemStyle: { color: ink },
      lineStyle: { color: ink, width: mark.size || (mark.faint ? 1 : 1.75), type: mark.dashed ? [5, 4] : 'solid', opacity: mark.faint ? 0.5 : 1 },
    };
  }

  function pointSeries(look, spec, mark, ink) {
    const ring = mark.kind === 'rings';
    const style = ring ? { color: 'transparent', borderColor: ink, borderWidth: 2, opacity: 1 } : { color: ink, borderColor: look.paper, borderWidth: mark.faint ? 0 : 1, opacity: mark.faint ? 0.45 : 1 };
    const points = mark.points.map((p) => ({ value: [at(spec.x, p[0]), at(spec.y, p[1])], tip: p[2] }));
    const last = points[points.length - 1];
    if (mark.end && last) last.label = { show: true, formatter: mark.end, position: 'bottom', distance: 7, color: look.ink, fontFamily: look.label, fontSize: 12 };
    return { type: 'scatter', data: points, symbol: mark.symbol || 'circle', symbolSize: mark.size || (ring ? 12 : 9), itemStyle: style, z: ring ? 6 : 5, large: false };
  }

  function barSeries(look, spec, mark, ink) {
    const points = mark.points.flatMap((p) => [[at(spec.x, p[0]), at(spec.y, p[1])], [at(spec.x, p[0]), at(spec.y, p[2])], [null, null]]);
    return { type: 'line', data: points, showSymbol: false, silent: true, z: 4, connectNulls: false, lineStyle: { color: ink, width: 1.5 }, emphasis: { disabled: true } };
  }

  function bandSeries(look, spec, mark, ink) {
    const edge = (index) => mark.points.map((p) => [at(spec.x, p[0]), at(spec.y, p[index])]);
    const outline = edge(1).concat(edge(2).reverse());
    return {
      type: 'custom', silent: true, z: 1, clip: true, data: mark.points.length ? [outline[0]] : [],
      renderItem: (params, api) => ({ type: 'polygon', shape: { points: outline.map((p) => api.coord(p)) }, style: { fill: ink, opacity: look.dark ? 0.22 : 0.14 } }),
    };
  }

  const kinds = { line: lineSeries, dots: pointSeries, rings: pointSeries, bars: barSeries, band: bandSeries };

  function tooltip(look) {
    const escape = (text) => String(text).replace(/[&<>"']/g, (c) => '&#' + c.charCodeAt(0) + ';');
    return {
      trigger: 'item', confine: true, backgroundColor: look.panel, borderColor: look.rule, borderWidth: 1, padding: [8, 12],
      textStyle: { color: look.ink, fontFamily: look.label, fontSize: 13 }, extraCssText: 'box-shadow:0 2px 10px rgba(0,0,0,.12);border-radius:3px',
      formatter: (p) => {
        if (!p.data || !p.data.tip) return '';
        const [title, ...lines] = p.data.tip.split('\n').map(escape);
        return '<b>' + title + '</b>' + lines.map((line) => { const [what, value] = line.split('\t'); return '<br><span style="opacity:.7">' + what + '</span>&ensp;' + value; }).join('');
      },
    };
  }

  function option(look, spec, width, height) {
    const margins = { left: 62, right: 20, top: 42, bottom: 48 };
    const x = scale(spec, 'x', 0, width - margins.left - margins.right, spec.x.format === 'plain' ? 46 : 58);
    const y = scale(spec, 'y', 1, height - margins.top - margins.bottom, 26);
    return {
      // Grid and rules lie under the marks; what a series says of its own markLine's z is not read.
      markLine: { z: 0 },
      animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: look.label, color: look.ink },
      grid: margins, tooltip: tooltip(look), xAxis: axisOption(look, x, false), yAxis: axisOption(look, y, true),
      series: [gridSeries(look, x, y), ruleSeries(look, spec)].concat(
        spec.marks.filter((mark) => mark.points.length).map((mark) => kinds[mark.kind](look, spec, mark, colour(look, mark.ink)))),
    };
  }

  // Legends ---------------------------------------------------------------------------------------

  const MOST_ENTRIES = 12;

  function drawLegend(place, look) {
    const entries = new Map();
    Object.keys(data.charts).filter((name) => name.replace(/-\d+$/, '') === place.dataset.legend).forEach((name) =>
      data.charts[name].marks.filter((mark) => mark.name && mark.points.length).forEach((mark) => { if (!entries.has(mark.name)) entries.set(mark.name, mark); }));
    const budgets = [...entries.values()].filter((mark) => /^b\d+$/.test(mark.ink)).sort((a, b) => Number(a.ink.slice(1)) - Number(b.ink.slice(1)));
    const stride = Math.ceil(budgets.length / MOST_ENTRIES);
    const shown = budgets.filter((mark, i) => i % stride === 0 || i === budgets.length - 1).concat([...entries.values()].filter((mark) => !budgets.includes(mark)));
    place.replaceChildren(...shown.map((mark) => {
      const item = document.createElement('span');
      const symbol = document.createElement('i');
      const ink = colour(look, mark.ink);
      symbol.className = { line: mark.dashed ? 'line dashed' : 'line', rings: 'ring' }[mark.kind] || mark.symbol || '';
      if (mark.kind === 'dots') symbol.style.background = ink; else symbol.style.borderColor = ink;
      item.append(symbol, mark.name);
      return item;
    }));
  }

  // Page ------------------------------------------------------------------------------------------

  const drawn = [];

  function draw() {
    const look = theme();
    document.querySelectorAll('[data-chart]').forEach((place) => {
      let instance = echarts.getInstanceByDom(place);
      if (!instance) {
        instance = echarts.init(place, null, { renderer: 'svg' });
        drawn.push(instance);
      }
      instance.setOption(option(look, data.charts[place.dataset.chart], instance.getWidth(), instance.getHeight()), true);
    });
    document.querySelectorAll('[data-legend]').forEach((place) => drawLegend(place, look));
  }

  function toggle(button) {
    const name = () => { button.textContent = isDark() ? 'Light' : 'Dark'; };
    button.hidden = false;
    button.addEventListener('click', () => { root.dataset.theme = isDark() ? 'light' : 'dark'; name(); draw(); });
    systemDark.addEventListener('change', () => { name(); draw(); });
    name();
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

  /** The page alone has its tables too: they are inside, for whoever was sent only this file. */
  function download(link) {
    const csv = data.tables[link.getAttribute('href')];
    if (csv === undefined) return;
    link.addEventListener('click', (event) => {
      event.preventDefault();
      const saved = document.createElement('a');
      saved.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
      saved.download = link.textContent;
      saved.click();
      URL.revokeObjectURL(saved.href);
    });
  }

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

  let waiting = 0;

  draw();
  toggle(document.getElementById('theme'));
  document.querySelectorAll('table[data-sortable]').forEach(sortable);
  document.querySelectorAll('a.csv').forEach(download);
  window.addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (!printing) { drawn.forEach((instance) => instance.resize()); draw(); } }, 120);
  });
  window.addEventListener('beforeprint', () => drawForPaper(true));
  window.addEventListener('afterprint', () => drawForPaper(false));
})();
