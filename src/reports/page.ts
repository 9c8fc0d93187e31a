/**
 * The frame of every page: one file without scripts or outside resources, so that it can be mailed, printed and kept, for light and
 * dark screens and small ones.
 */
import { type Content, Html, html } from './html.ts';
import { pageStyle } from './page-style.ts';

export interface Page {
  readonly title: string;
  readonly header: Html;
  readonly sections: readonly Section[];
  readonly footer: Content;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

export function pageText({ title, header, sections, footer }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>
${new Html(pageStyle)}
</style>
</head>
<body>
${header}
<nav aria-label="Contents">${sections.map(({ id, title: name }) => html`<a href="#${id}">${name}</a> `)}</nav>
<main>
${sections.map(sectionHtml)}</main>
<footer>${footer}</footer>
</body>
</html>
`.text;
}

function sectionHtml({ id, title, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;
}

export interface Column {
  readonly title: Content;
  readonly kind?: 'number' | 'words';
}

/** The first cell of a row names it. A wide table scrolls by itself, with the keyboard too. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Content[] | Html)[]): Html {
  const kind = (index: number) => columns[index]?.kind ?? '';
  const cell = (content: Content, index: number) =>
    index === 0 ? html`<th scope="row" class="${kind(0)}">${content}</th>` : html`<td class="${kind(index)}">${content}</td>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title }, index) => html`<th scope="col" class="${kind(index)}">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => (row instanceof Html ? row : html`<tr>${row.map(cell)}</tr>\n`))}</tbody>
</table>
</div>`;
}

/** Names and values, for what is no table. Values nobody knows are left out. */
export function facts(pairs: readonly (readonly [string, Content])[]): Html {
  const known = pairs.filter(([, value]) => value !== null && value !== '');
  return html`<dl class="facts">${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

export function list(items: readonly Content[]): Html {
  return html`<ul>${items.map((item) => html`<li>${item}</li>\n`)}</ul>`;
}

export function figure({ title, svg, caption, kind = '' }: { title: string; svg: string; caption: Content; kind?: 'broad' | '' }): Html {
  return html`<figure class="${kind}">
<h3>${title}</h3>
${new Html(svg)}
<figcaption>${caption}</figcaption>
</figure>`;
}
