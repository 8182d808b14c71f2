// Elements without markup: every string that came from a file becomes a text node, never HTML.

const SVG = 'http://www.w3.org/2000/svg';

// h('button', {class: 'x', onclick: f}, 'text', child…); null and false children are left out.
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child === null || child === undefined || child === false) continue;
    else element.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function replace(element, ...children) {
  while (element.firstChild) element.removeChild(element.firstChild);
  append(element, children);
}

// Small pictures, drawn here so that the page needs no image files. They carry no meaning of their own: words stand beside them.
const PICTURES = {
  error: ['M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2ZM5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4'],
  warning: ['M8 1.8 15 14H1L8 1.8ZM8 6.2v4M8 11.6v.9'],
  info: ['M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2ZM8 7v4.2M8 4.4v.9'],
  ok: ['M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2ZM4.8 8.3l2.2 2.2 4.2-4.6'],
  unknown: ['M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2ZM4.8 8h6.4'],
  file: ['M3.5 1.2h6l3 3v10.6h-9ZM9.5 1.2v3h3M5.5 7.5h5M5.5 10h5M5.5 12.4h3'],
  download: ['M8 1.5v8.3M4.6 6.6 8 10l3.4-3.4M2 12v2.3h12V12'],
  copy: ['M5.5 4.5h8v10h-8ZM10.5 4.5v-3h-8v10h3'],
  table: ['M1.5 2.5h13v11h-13ZM1.5 6h13M6 2.5v11M1.5 9.7h13'],
  drop: ['M8 10V2M4.7 5.1 8 1.8l3.3 3.3M1.8 9.2v5h12.4v-5'],
  sun: ['M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 .8v2M8 13.2v2M.8 8h2M13.2 8h2M2.9 2.9l1.4 1.4M11.7 11.7l1.4 1.4M13.1 2.9l-1.4 1.4M4.3 11.7l-1.4 1.4'],
  keys: ['M1 4h14v8.5H1ZM3.5 6.5h1M7.5 6.5h1M11.5 6.5h1M4.5 10h7'],
};

export function picture(name) {
  return svg(
    'svg',
    { viewBox: '0 0 16 16', class: `picture picture-${name}`, 'aria-hidden': 'true', focusable: 'false' },
    PICTURES[name].map((d) => svg('path', { d })),
  );
}

// The mark of the program: the tick that ties a figure off, over a sum line.
export function mark() {
  return svg(
    'svg',
    { viewBox: '0 0 32 32', class: 'mark', 'aria-hidden': 'true', focusable: 'false' },
    svg('rect', { x: 1, y: 1, width: 30, height: 30, rx: 7, class: 'mark-ground' }),
    svg('path', { d: 'M8 11.5h9M8 16h6M8 24.5h16', class: 'mark-lines' }),
    svg('path', { d: 'M14.5 17.5l3.6 3.6L25 9', class: 'mark-tick' }),
  );
}
