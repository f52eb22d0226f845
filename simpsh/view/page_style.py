"""The page's style sheet: light and dark, wide screens and phones, paper."""

from __future__ import annotations

from simpsh.view.svg_style import MARKS, THEME

STYLE = (
    THEME
    + MARKS
    + """
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);
 font:15px/1.45 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1480px;margin:0 auto;padding:12px 18px}
header{display:flex;gap:6px 14px;align-items:baseline;flex-wrap:wrap}
h1{font-size:18px;margin:0}h2{font-size:13px;margin:0 0 4px;color:var(--muted);font-weight:600}
header code{font:13px ui-monospace,"DejaVu Sans Mono",monospace;color:var(--muted);
 overflow-wrap:anywhere;flex:1 1 16em;min-width:0}
.remark{color:var(--muted);margin:2px 0;font-size:13px}
.picture{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:8px 0;
 overflow:auto;max-height:70vh;padding:4px 0}
.lanes{display:flex;width:max-content}
.picture svg{display:block}
.labels{position:sticky;left:0;background:var(--card);flex:none;z-index:1}
.hits rect{fill:transparent;cursor:pointer}
.future{opacity:.13}
.touched .bar{stroke:var(--fg);stroke-width:1.5}
nav{display:flex;gap:8px;align-items:center;flex-wrap:wrap}
button{font:inherit;padding:4px 12px;border:1px solid var(--line);border-radius:7px;
 background:var(--card);color:var(--fg);cursor:pointer}
button:focus-visible,input:focus-visible,.picture:focus-visible,a:focus-visible
 {outline:3px solid var(--run);outline-offset:2px}
input[type=range]{flex:1 1 12em;min-width:0;accent-color:var(--run)}
#say{font-size:17px;font-weight:600;margin:8px 0 2px;min-height:26px;overflow-wrap:anywhere}
#why{color:var(--muted);margin:0 0 2px;min-height:22px}
#because{margin:0 0 8px;min-height:22px;font-size:13px;color:var(--muted)}
a{color:var(--run)}
.panels{display:grid;grid-template-columns:minmax(0,6fr) minmax(0,5fr) minmax(0,4fr);gap:18px;
 align-items:start}
.panels>div{min-width:0;overflow-x:auto}
table{border-collapse:collapse;font-size:13px}
th,td{text-align:left;padding:1px 12px 1px 0;white-space:nowrap}
th{color:var(--muted);font-weight:600}
tr.now td{background:var(--cursor)}
#descriptors{position:relative;display:flex;flex-direction:column;align-items:flex-start;gap:8px;
 padding:2px 2px 2px 0}
#descriptors table{border:1px solid var(--line);border-radius:6px;background:var(--card)}
#descriptors caption{text-align:left;font-weight:700;font-size:12px}
#descriptors td{padding:0 8px;font:12px ui-monospace,"DejaVu Sans Mono",monospace;
 max-width:190px;overflow:hidden;text-overflow:ellipsis}
#descriptors td.end{font-weight:700}
#joins{position:absolute;inset:0;width:100%;height:100%;pointer-events:none;overflow:visible}
#joins path{fill:none;stroke-width:2}
#joins circle{fill:var(--card);stroke-width:2}#joins text{text-anchor:middle;font-weight:700}
.legend{font-size:12.5px;color:var(--muted);display:grid;
 grid-template-columns:repeat(auto-fill,minmax(165px,1fr));gap:1px 10px}
.legend svg{display:inline;vertical-align:-3px;margin-right:6px}
.legend span{white-space:nowrap}
details{margin:12px 0;font-size:13px}
ol{columns:2;column-gap:40px;padding-left:44px;margin:6px 0}
li{overflow-wrap:anywhere;break-inside:avoid}
.time-of{color:var(--muted)}
.free::before{content:"∥ ";color:var(--signal);font-weight:700}
@media(max-width:900px){.panels{grid-template-columns:minmax(0,1fr)}ol{columns:1}
 main{padding:8px 10px}#say{font-size:16px}}
@media print{nav,header button,#because{display:none}.future{opacity:1}
 .picture{max-height:none;overflow:visible}}
@media(prefers-reduced-motion:no-preference){#cursor{transition:x .12s}}
"""
)
