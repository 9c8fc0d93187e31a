import { type Colour, dark, light } from './colours.ts';

const variables = (colours: Readonly<Record<Colour, string>>) =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');

/** Plots carry the light colours as attributes; a rule wins over an attribute. */
const darkPlots = (['text', 'quiet', 'line', 'grid', 'pass', 'fail', 'inconclusive', 'challenger', 'opponent', 'paper'] as const)
  .flatMap((name) => ['fill', 'stroke'].map((property) => `svg [${property}="${light[name]}"] { ${property}: ${dark[name]}; }`))
  .join('\n  ');

export const pageStyle = `
:root { color-scheme: light dark; ${variables(light)} font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--text); background: var(--page); -webkit-text-size-adjust: 100%; }
* { box-sizing: border-box; }
body { overflow-wrap: anywhere; margin: 0 auto; max-width: 68rem; padding: 1.5rem 1.25rem 4rem; }
a { color: var(--challenger); }
h1 { font-size: 1.55rem; line-height: 1.3; margin: .5rem 0 0; max-width: 46rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 0 0 .35rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .35rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
details { margin: 1rem 0 0; } summary { font-weight: 600; cursor: pointer; }
.lead { color: var(--quiet); }
small { font-size: .82rem; }
header, section { background: var(--paper); border: 1px solid var(--grid); border-radius: 10px; padding: 1.25rem 1.5rem; margin: 0 0 1.1rem; }
header { border-top: 5px solid var(--line); padding-bottom: 1.4rem; }
header.pass { border-top-color: var(--pass); } header.fail { border-top-color: var(--fail); } header.inconclusive { border-top-color: var(--inconclusive); }
header p { color: var(--quiet); margin: .6rem 0 0; }
header .kicker { color: var(--faint); font-size: .88rem; margin: 0; display: flex; gap: .7rem; align-items: center; flex-wrap: wrap; }
.badge { display: inline-block; border-radius: 999px; padding: .08rem .65rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.badge.pass { color: var(--pass); background: var(--passShade); } .badge.fail { color: var(--fail); background: var(--failShade); }
.badge.inconclusive { color: var(--inconclusive); background: var(--inconclusiveShade); } .badge.none { color: var(--quiet); background: var(--shade); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .8rem; margin: 1.1rem 0 0; padding: 0; }
.tiles div { background: var(--shade); border-radius: 8px; padding: .6rem .85rem; }
.tiles dt { font-size: .82rem; color: var(--faint); }
.tiles dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.35; }
.tiles dd small { display: block; font-weight: normal; color: var(--quiet); line-height: 1.35; }
nav { font-size: .9rem; margin: 0 .2rem 1.1rem; line-height: 1.9; } nav a { margin-right: 1rem; white-space: nowrap; text-decoration: none; } nav a:hover { text-decoration: underline; }
ul { padding-left: 1.2rem; margin: .4rem 0 .8rem; } li { margin: .25rem 0; max-width: 46rem; }
.notice { border-left: 4px solid var(--inconclusive); background: var(--inconclusiveShade); border-radius: 6px; padding: .6rem .9rem; margin: .8rem 0; max-width: 48rem; }
.notice.fail { border-left-color: var(--fail); background: var(--failShade); }
.notice p, .notice ul { margin-top: .2rem; margin-bottom: .2rem; }
.scroll { overflow-x: auto; margin: .6rem 0 1rem; border: 1px solid var(--grid); border-radius: 8px; width: fit-content; max-width: 100%; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption, .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.words { min-width: 13rem; }
th, td { text-align: left; padding: .5rem .8rem; border-bottom: 1px solid var(--grid); vertical-align: top; font-weight: normal; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { font-weight: 600; font-size: .84rem; color: var(--quiet); background: var(--shade); vertical-align: bottom; line-height: 1.35; }
tbody th { font-weight: 500; }
.number { text-align: right; } td.number, th.number small { white-space: nowrap; overflow-wrap: normal; } th { overflow-wrap: break-word; } .number small { margin-left: auto; }
td small, th small { display: block; color: var(--faint); font-weight: normal; max-width: 30rem; }

tr.group > * { background: var(--shade); font-size: .84rem; font-weight: 600; color: var(--quiet); }
tr.worst > th { box-shadow: inset 3px 0 0 var(--inconclusive); }
.verdict { font-weight: 600; white-space: nowrap; } .pass .verdict, .verdict.pass { color: var(--pass); } .verdict.fail { color: var(--fail); } .verdict.inconclusive { color: var(--inconclusive); } .verdict.none { color: var(--faint); font-weight: normal; }
.facts { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .35rem 1.2rem; margin: .6rem 0; font-size: .95rem; }
.facts dt { color: var(--faint); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22.5rem, 100%), 1fr)); gap: 1rem; margin: .8rem 0; align-items: start; }
.small.plots { grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); }
figure { margin: .6rem 0; border: 1px solid var(--grid); border-radius: 8px; padding: .9rem; overflow-x: auto; min-width: 0; }
.plots figure { margin: 0; }
figure h3 { margin: 0 0 .5rem; font-size: .95rem; }
figcaption { font-size: .86rem; color: var(--faint); margin-top: .5rem; max-width: 34rem; }
figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure.broad svg { margin: 0; min-width: 36rem; }
code, pre { font: .85rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--shade); padding: .8rem 1rem; border-radius: 8px; overflow-x: auto; margin: .6rem 0; }
code { overflow-wrap: anywhere; }
footer { font-size: .86rem; color: var(--faint); margin: 1.5rem .2rem 0; }
@media (max-width: 34rem) {
  body { padding: .7rem .6rem 3rem; } header, section { padding: .95rem .9rem; border-radius: 8px; } h1 { font-size: 1.25rem; }
  nav a { white-space: normal; } .words { min-width: 10rem; } th, td { padding: .4rem .55rem; } figure { padding: .6rem; } .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .5rem; }
}
@media screen and (prefers-color-scheme: dark) {
  :root { ${variables(dark)} }
  ${darkPlots}
}
@media print {
  :root { background: #fff; font-size: 12px; } body { max-width: none; padding: 0; } nav { display: none; }
  header, section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: .8rem 0; } header { border-top-width: 5px; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .scroll { overflow: visible; } tr, figure, .tiles div { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .badge, .tiles div, thead th, tr.group > *, header { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .words, figure.broad svg { min-width: 0; }
}
`.trim();
