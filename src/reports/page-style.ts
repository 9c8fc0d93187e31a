import { colours } from './plots.ts';

export const pageStyle = `
:root { color-scheme: light; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: #1d2939; background: #f9fafb; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; }
header { border-left: 6px solid; border-radius: 4px; background: #fff; padding: 1.1rem 1.4rem; box-shadow: 0 1px 3px #1018281a; }
header p { margin: .3rem 0 0; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
section > p { margin: .3rem 0 .8rem; color: #475467; max-width: 48rem; }
table { border-collapse: collapse; width: 100%; background: #fff; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .45rem .7rem; border-bottom: 1px solid #eaecf0; vertical-align: top; }
th { font-weight: 600; color: #475467; background: #f2f4f7; }
td.number, th.number { text-align: right; white-space: nowrap; }
td small, th small { display: block; color: #667085; font-weight: normal; }
.verdict { font-weight: 600; white-space: nowrap; }
.pass { color: ${colours.pass}; }
.fail { color: ${colours.fail}; }
.inconclusive { color: ${colours.inconclusive}; }
header p { color: #475467; }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; background: #fff; padding: 1rem; border: 1px solid #eaecf0; border-radius: 4px; }
figcaption { font-size: .85rem; color: #667085; margin-top: .4rem; max-width: 22rem; }
figure.wide { margin-bottom: 1rem; }
td.wide { min-width: 16rem; }
figure svg { max-width: 100%; height: auto; }
code, pre { font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
pre { background: #1d2939; color: #f2f4f7; padding: .8rem 1rem; border-radius: 4px; overflow-x: auto; }
td code { overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; } li { margin: .2rem 0; }
footer { margin-top: 3rem; font-size: .85rem; color: #667085; }
@media print { body { max-width: none; padding: 0; } :root { background: #fff; } section { break-inside: avoid; } }
`.trim();
