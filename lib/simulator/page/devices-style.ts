/** The phone, the desk, and how they fit on narrow screens. */
export const devicesStyle = `
/* The phone */

.phone {
  padding: 0.7rem;
  border-radius: 2.6rem;
  background: var(--bezel);
  box-shadow: 0 0 0 1px var(--line), var(--shadow);
}
.screen {
  display: flex;
  flex-direction: column;
  gap: 1rem;
  min-height: 36rem;
  padding: 0.75rem 1rem 1.5rem;
  border-radius: 2rem;
  background: var(--ground);
}
@media (min-width: 56.01rem) {
  .phone { position: sticky; top: 1.5rem; }
  .screen { min-height: 0; height: clamp(30rem, 100vh - 8rem, 50rem); overflow-y: auto; scrollbar-width: thin; }
}
.screen::before {
  content: '';
  align-self: center;
  width: 5.5rem;
  height: 0.4rem;
  border-radius: 1rem;
  background: var(--line);
}
.screen > header, .desk > header { padding: 0 0.25rem; }
.screen > header p, .desk > header p { color: var(--quiet); font-size: 0.875rem; }
.empty { margin: auto; padding: 1rem 1.5rem; text-align: center; color: var(--quiet); font-size: 0.9rem; }
.empty strong { display: block; margin-bottom: 0.25rem; color: var(--ink); font-size: 1rem; }

.cards { display: grid; gap: 1rem; }
.card {
  display: grid;
  gap: 0.85rem;
  min-width: 0;
  padding: 1.1rem;
  border-radius: 1.1rem;
  background: var(--surface);
  box-shadow: var(--shadow);
}
.cards .card { animation: arrive 0.25s ease-out; }
@keyframes arrive { from { opacity: 0; transform: translateY(0.5rem); } }
@media (prefers-reduced-motion: reduce) { .cards .card { animation: none; } }
.card[aria-busy='true'] { opacity: 0.6; }

.asks h3 { font-size: 1.1rem; line-height: 1.3; overflow-wrap: anywhere; }
.asks p { color: var(--quiet); font-size: 0.9rem; overflow-wrap: anywhere; }
.asks bdi { color: var(--ink); font-weight: 600; }

.message { padding: 0.7rem 0.9rem; border-radius: 0.8rem; background: var(--accent-soft); }
.message figcaption { color: var(--quiet); font-size: 0.75rem; }
.message blockquote { font-size: 1.2rem; font-weight: 600; overflow-wrap: anywhere; white-space: pre-wrap; }

.detail, .claims { padding: 0.7rem 0.9rem; border-radius: 0.8rem; background: var(--raised); min-width: 0; }
.detail h4, .claims h4 { margin-bottom: 0.4rem; }
.facts { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: 0.3rem 1rem; font-size: 0.875rem; }
.facts div { display: contents; }
.facts dt { color: var(--quiet); overflow-wrap: break-word; min-width: 0; }
.facts dd { overflow-wrap: anywhere; font-weight: 500; }

.scopes { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.scopes li {
  padding: 0.1rem 0.6rem;
  border: 1px solid var(--line);
  border-radius: 1rem;
  font-size: 0.8rem;
  overflow-wrap: anywhere;
}

.expiry { display: flex; justify-content: flex-end; margin-bottom: -0.6rem; }
.time-left { color: var(--quiet); font-size: 0.8rem; font-variant-numeric: tabular-nums; }
.late .time-left { color: var(--bad); font-weight: 600; }
.bar { height: 0.25rem; border-radius: 1rem; background: var(--line); overflow: hidden; }
.bar span { display: block; height: 100%; border-radius: inherit; background: var(--accent); transition: width 1s linear; }
.late .bar span { background: var(--bad); }

.buttons { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; }
button {
  min-height: 2.9rem;
  padding: 0 1.4rem;
  border: 1.5px solid transparent;
  border-radius: 0.85rem;
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
.primary { background: var(--accent); color: var(--on-accent); }
.primary:hover { background: var(--accent-strong); }
.secondary { background: transparent; border-color: var(--field); color: var(--ink); }
.secondary:hover { border-color: var(--bad); color: var(--bad); }
.error { color: var(--bad); font-size: 0.875rem; overflow-wrap: anywhere; }
.error:empty { display: none; }

#history { margin-top: auto; padding: 0 0.25rem; }
#history h3 { margin-bottom: 0.4rem; font-size: 0.8rem; color: var(--quiet); }
#decided { display: grid; gap: 0.4rem; font-size: 0.85rem; }
#decided li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0.6rem; align-items: center; }
.who { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
time { color: var(--quiet); font-size: 0.8rem; font-variant-numeric: tabular-nums; }

.chip { padding: 0.1rem 0.6rem; border-radius: 1rem; font-size: 0.75rem; font-weight: 600; background: var(--line); }
.chip.approved, .chip.authorized { background: var(--good-soft); color: var(--good); }
.chip.denied, .chip.refused, .chip.failed { background: var(--bad-soft); color: var(--bad); }
.chip.waiting { background: var(--accent-soft); color: var(--accent); }

/* The desk */

.desk { display: grid; gap: 1.25rem; min-width: 0; padding-top: 0.5rem; }
form {
  display: grid;
  grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: 1rem;
  padding: 1.25rem;
  border-radius: 1.1rem;
  background: var(--surface);
  box-shadow: var(--shadow);
}
.fields { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; padding-top: 1rem; }
.wide { grid-column: 1 / -1; }
.field { display: grid; gap: 0.3rem; align-content: start; min-width: 0; }
label, summary { font-size: 0.85rem; font-weight: 600; }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
.help { color: var(--quiet); font-size: 0.8rem; }
input, select, textarea {
  width: 100%;
  min-height: 2.6rem;
  padding: 0.45rem 0.75rem;
  border: 1px solid var(--field);
  border-radius: 0.65rem;
  background: var(--surface);
  color: var(--ink);
  font: inherit;
}
select {
  appearance: none;
  padding-right: 2rem;
  background-image:
    linear-gradient(45deg, transparent 50%, var(--quiet) 50%),
    linear-gradient(135deg, var(--quiet) 50%, transparent 50%);
  background-position: right 1.15rem center, right 0.85rem center;
  background-size: 0.32rem 0.32rem;
  background-repeat: no-repeat;
}
textarea { font: 0.85rem/1.5 var(--mono); resize: vertical; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1rem; }

.flows { display: grid; gap: 1rem; }
.flows .card { padding: 1.1rem 1.25rem; }
.flows header { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; justify-content: space-between; }
.about { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; margin-top: -0.6rem; align-items: baseline; color: var(--quiet); font-size: 0.875rem; }
.mode { padding: 0 0.45rem; border-radius: 0.4rem; background: var(--raised); font: 0.85em/1.6 var(--mono); }
.about bdi { overflow-wrap: anywhere; }
.sent-message { color: var(--ink); font-family: var(--mono); font-weight: 600; }
.steps { display: grid; gap: 0.3rem; font-size: 0.9rem; }
.steps li { display: grid; grid-template-columns: 1.2rem minmax(0, 1fr) auto; gap: 0.4rem; align-items: baseline; }
.steps .text { overflow-wrap: anywhere; }
.arrow { color: var(--quiet); text-align: center; }
.received .arrow { color: var(--accent); }
.count { color: var(--quiet); font-variant-numeric: tabular-nums; }
.tokens { color: var(--quiet); font-size: 0.875rem; overflow-wrap: anywhere; }
.claims dt, .claims dd { font: 0.8rem/1.6 var(--mono); }

@media (max-width: 56rem) {
  main.two { grid-template-columns: minmax(0, 1fr); }
  .phone { width: 100%; max-width: 28rem; justify-self: center; }
  .screen { min-height: 22rem; }
  .desk { padding-top: 0; }
}

@media (max-width: 30rem) {
  .top { padding: 1rem 1rem 0; }
  .connection { margin-left: 0; }
  main { padding: 1rem; gap: 1.5rem; }
  .phone { padding: 0; background: none; box-shadow: none; border-radius: 0; }
  .screen { padding: 0; min-height: 12rem; background: none; }
  .screen::before { display: none; }
  form, .fields { grid-template-columns: minmax(0, 1fr); }
}
`;
