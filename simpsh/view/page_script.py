"""The page's script: it moves a cursor over a picture that is complete without it.

Programs' texts reach the page through textContent alone, never as markup.
"""

from __future__ import annotations

SCRIPT = """
"use strict";
const data=JSON.parse(document.getElementById("data").textContent);
const steps=data.steps,last=steps.length-1,$=name=>document.getElementById(name);
const marks=[...document.querySelectorAll("#timeline .content [data-i]")];
const bars=[...document.querySelectorAll("#timeline .bar")];
const hues={};
let now=last;
const at=(list,step)=>{let found=null;for(const entry of list)if(entry[0]<=step)found=entry[1];
  return found};
const stateOf=(one,step)=>{if(one.birth>step)return"";
  for(const[state,begin,end]of one.states)if(begin<=step&&(step<end||end>last))return state;
  return""};
const hue=letter=>hues[letter]??=`hsl(${(Object.keys(hues).length*137+210)%360} 65% 50%)`;
function cell(row,text,kind){const made=row.insertCell();made.textContent=text;
  if(kind)made.className=kind;return made}
function showStates(step){const body=$("states");body.textContent="";
  for(const one of data.processes){const state=stateOf(one,step);if(!state)continue;
    const row=body.insertRow();if(steps[step].of.includes(one.name))row.className="now";
    const name=cell(row,one.label);name.title="birth path "+one.path;
    for(const text of[one.path,one.pid,at(one.programs,step)||"",state,at(one.parents,step)])
      cell(row,text)}
  if(!body.rows.length)cell(body.insertRow(),"No process is left.").colSpan=6}
function showDescriptors(step){const box=$("descriptors"),ends=[];
  box.querySelectorAll("table").forEach(old=>old.remove());
  const some=data.processes.filter(one=>{const state=stateOf(one,step);
    return state&&state!=="zombie"&&(at(one.tables,step)||[]).length});
  for(const one of some.slice(0,24)){const table=document.createElement("table");
    table.createCaption().textContent=one.label+" "+(at(one.programs,step)||"");
    for(const[number,words,letter,end]of at(one.tables,step)){const row=table.insertRow();
      cell(row,number);const target=cell(row,words,letter?"end":"");target.title=words;
      if(letter){target.style.color=hue(letter);ends.push({row,letter,end})}}
    box.append(table)}
  $("none").hidden=some.length>0;join(ends)}
function drawn(name,attributes,text){
  const made=document.createElementNS("http://www.w3.org/2000/svg",name);
  for(const key in attributes)made.setAttribute(key,attributes[key]);
  if(text)made.textContent=text;$("joins").append(made);return made}
function join(ends){const over=$("joins"),base=over.getBoundingClientRect();over.textContent="";
  const letters=[...new Set(ends.map(one=>one.letter))];
  const edge=Math.max(0,...ends.map(one=>one.row.getBoundingClientRect().right-base.left));
  letters.forEach((letter,place)=>{const mine=ends.filter(one=>one.letter===letter);
    const middles=mine.map(one=>{const box=one.row.getBoundingClientRect();
      return(box.top+box.bottom)/2-base.top});
    const x=edge+44+place%4*30,y=(Math.min(...middles)+Math.max(...middles))/2,color=hue(letter);
    mine.forEach((one,which)=>{const from=one.row.getBoundingClientRect().right-base.left;
      const at=middles[which],bend=(x-from)/2;
      drawn("path",{d:`M${from} ${at}C${from+bend} ${at} ${x-bend} ${y} ${x-10} ${y}`})
        .style.stroke=color;
      if(one.end==="r")drawn("path",{d:`M${from+9} ${at-5}L${from+1} ${at}l8 5`})
        .style.stroke=color});
    drawn("circle",{cx:x,cy:y,r:10}).style.stroke=color;
    drawn("text",{x,y:y+4},letter)})}
function showCauses(step){const box=$("because");box.textContent="";const causes=steps[step].causes;
  if(steps[step].free)box.append("∥ It could as well have come before the step above. ");
  if(!causes)return;box.append("Because of ");
  causes.forEach((cause,place)=>{const link=document.createElement("a");link.href="#"+(cause+1);
    link.textContent=(cause+1)+". "+steps[cause].text;if(place)box.append(", ");box.append(link)})}
function show(step,quiet){now=Math.max(0,Math.min(last,step|0));const one=steps[now];
  $("cursor").setAttribute("x",data.x0+now*data.column);
  for(const mark of marks)mark.classList.toggle("future",+mark.dataset.i>now);
  for(const bar of bars){const begin=+bar.dataset.i,end=+bar.dataset.e;
    const width=Math.max(0,Math.min(end,now===last?last+.6:Math.max(now+.5,begin))-begin);
    bar.setAttribute("width",width*data.column)}
  $("say").textContent=(now+1)+". "+one.text;$("why").textContent=one.why;
  const slider=$("slider");slider.value=now;slider.setAttribute("aria-valuetext",one.text);
  $("count").textContent=(now+1)+" / "+steps.length;
  showCauses(now);showStates(now);showDescriptors(now);
  const view=document.querySelector(".picture"),x=118+data.x0+now*data.column;
  if(x<view.scrollLeft+170||x>view.scrollLeft+view.clientWidth-60)
    view.scrollLeft=x-view.clientWidth/2;
  const lane=data.processes.findIndex(process=>process.name===one.of[0]);
  const y=data.top+lane*data.lane;
  if(lane>=0&&(y<view.scrollTop+30||y>view.scrollTop+view.clientHeight-40))
    view.scrollTop=y-view.clientHeight/2;
  if(!quiet)history.replaceState(null,"","#"+(now+1))}
addEventListener("keydown",event=>{if(event.altKey||event.ctrlKey||event.metaKey)return;
  if(event.target.tagName==="INPUT")return;
  const to={ArrowRight:now+1,ArrowLeft:now-1,Home:0,End:last,
    PageUp:now-10,PageDown:now+10}[event.key];
  if(to!==undefined){event.preventDefault();show(to)}});
$("slider").addEventListener("input",event=>show(+event.target.value));
for(const[name,to]of[["first",()=>0],["back",()=>now-1],["next",()=>now+1],["last",()=>last]])
  $(name).addEventListener("click",()=>show(to()));
document.querySelector(".hits").addEventListener("click",event=>{
  if(event.target.dataset.i!==undefined)show(+event.target.dataset.i)});
const fromAddress=()=>{const step=parseInt(location.hash.slice(1),10);
  show(Number.isNaN(step)?last:step-1,true)};
addEventListener("hashchange",fromAddress);
addEventListener("resize",()=>showDescriptors(now));
$("theme").addEventListener("click",()=>{const root=document.documentElement;
  const dark=root.dataset.theme?root.dataset.theme==="dark"
    :matchMedia("(prefers-color-scheme:dark)").matches;
  root.dataset.theme=dark?"light":"dark"});
document.body.classList.add("steps");
fromAddress();
"""
